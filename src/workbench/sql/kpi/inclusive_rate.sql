-- INCLUSIVE_RATE 新发放普惠小微贷款加权利率: rate of the loans of that kind disbursed after $from up to $to,
-- weighted with their principal. Lines, and what is drawn, as at $to; extensions are no new loans.
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
made as (
    select l.loan_id, l.principal, l.rate_at_origination as rate
    from loans as l
    inner join customers as c on c.customer_id = l.customer_id
    inner join products as p on p.product_id = l.product_id
    left join lines as x on x.customer_id = l.customer_id
    left join owed as o on o.customer_id = l.customer_id
    where l.disbursed_on > cast($from as date)
        and l.disbursed_on <= cast($to as date)
        and coalesce(l.renewal_type, 'new') <> 'extension'
        and greatest(coalesce(o.amount, 0), coalesce(x.amount, 0), l.principal)
        <= cast($inclusive_limit as decimal(18, 2))
        and (
            (c.customer_type = 'corporate' and c.size_class in ('small', 'micro'))
            or (c.customer_type = 'business_owner'
                and p.product_type not in ('mortgage', 'consumer', 'credit_card'))
            or (c.customer_type = 'individual' and p.product_type = 'business_owner')
        )
),
sums as (
    select
        sum(cast(n.principal as double precision) * n.rate) as interest,
        sum(cast(n.principal as double precision)) as principal,
        count(*) as base
    from made as n
)
select
    s.interest / nullif(s.principal, 0) as value,
    s.interest as numerator,
    s.principal as denominator,
    s.base
from sums as s
