-- UNRATED_BALANCE 未评级贷款余额: balance of loans not in default whose customer has no assessment up to $to.
-- EXPECTED_LOSS leaves them out.
with
assessed as (
    select distinct a.customer_id
    from risk_assessments as a
    where a.assessed_on <= cast($to as date)
),
sums as (
    select
        sum(case when a.customer_id is null then m.balance else 0 end) as part,
        sum(m.balance) as whole,
        count(*) as base
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    left join assessed as a on a.customer_id = l.customer_id
    where m.month_end = cast($to as date)
        and m.balance > 0
        and m.dpd <= cast($overdue_days as integer)
)
select
    cast(s.part as double precision) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.base
from sums as s
