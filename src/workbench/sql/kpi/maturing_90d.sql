-- MATURING_90D 90天内到期余额: balance at $to of loans whose last day lies in the 90 days after it.
with sums as (
    select
        sum(case
            when l.matures_on > cast($to as date) and l.matures_on <= cast($to as date) + 90
                then m.balance
            else 0
        end) as part,
        count(*) as base
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    where m.month_end = cast($to as date) and m.balance > 0
)
select
    cast(s.part as double precision) as value,
    cast(s.part as double precision) as numerator,
    cast(null as double precision) as denominator,
    s.base
from sums as s
