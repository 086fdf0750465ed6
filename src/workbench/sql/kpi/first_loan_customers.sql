-- FIRST_LOAN_CUSTOMERS 首贷户数: customers without a loan at any bank before, whose first loan with us was
-- disbursed after $from up to $to. Their later loans count no more.
with
firsts as (
    select l.customer_id, min(l.disbursed_on) as day
    from loans as l
    group by l.customer_id
),
sums as (
    select sum(case when c.is_first_loan then 1 else 0 end) as part, count(*) as base
    from firsts as f
    inner join customers as c on c.customer_id = f.customer_id
    where f.day > cast($from as date) and f.day <= cast($to as date)
)
select
    cast(s.part as double precision) as value,
    cast(s.part as double precision) as numerator,
    cast(null as double precision) as denominator,
    s.base
from sums as s
