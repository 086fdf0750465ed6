-- INCLUSIVE_CUSTOMERS 普惠小微贷款户数: customers with a balance that counts in INCLUSIVE_BAL.
with
lines as (
    select f.customer_id, sum(f.credit_limit) as amount
    from facilities as f
    where f.signed_on <= cast($to as date)
        and (f.expires_on is null or f.expires_on >= cast($to as date))
        and (f.closed_on is null or f.closed_on > cast($to as date))
    group by f.customer_id
),
owed as (
    select l.customer_id, sum(m.balance) as amount
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    where m.month_end = cast($to as date)
    group by l.customer_id
),
within as (
    select o.customer_id
    from owed as o
    left join lines as x on x.customer_id = o.customer_id
    where greatest(o.amount, coalesce(x.amount, 0)) <= cast($inclusive_limit as decimal(18, 2))
),
sums as (
    select
        count(distinct case
            when w.customer_id is null then null
            when c.customer_type = 'corporate' and c.size_class in ('small', 'micro')
                then w.customer_id
            when c.customer_type = 'business_owner'
                and p.product_type not in ('mortgage', 'consumer', 'credit_card') then w.customer_id
            when c.customer_type = 'individual' and p.product_type = 'business_owner'
                then w.customer_id
        end) as part,
        count(*) as base
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    inner join customers as c on c.customer_id = l.customer_id
    inner join products as p on p.product_id = l.product_id
    left join within as w on w.customer_id = l.customer_id
    where m.month_end = cast($to as date) and m.balance > 0
)
select
    cast(s.part as double precision) as value,
    cast(s.part as double precision) as numerator,
    cast(null as double precision) as denominator,
    s.base
from sums as s
