-- CASH_RECOVERED 现金清收: what came in after default in the months after $from up to $to, from loans written
-- off as well. What a buyer paid for a loan that was sold is no recovery in cash.
with sums as (
    select
        sum(case
            when l.close_type = 'transferred' and l.closed_on <= m.month_end then 0
            else m.recovered_amount
        end) as part,
        count(*) as base
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    where m.month_end > cast($from as date) and m.month_end <= cast($to as date)
)
select
    cast(s.part as double precision) as value,
    cast(s.part as double precision) as numerator,
    cast(null as double precision) as denominator,
    s.base
from sums as s
