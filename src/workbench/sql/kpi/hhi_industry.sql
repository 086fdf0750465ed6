-- HHI_INDUSTRY 行业集中度: sum of squared shares of industries in the balance of firms. Individuals have no
-- industry: as one group they would hide how firms are spread. A firm without a code is a group of its own.
with
industries as (
    select coalesce(c.industry_code, 'unknown') as industry, sum(m.balance) as balance,
        count(*) as loans
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    inner join customers as c on c.customer_id = l.customer_id
    where m.month_end = cast($to as date) and m.balance > 0 and c.customer_type = 'corporate'
    group by coalesce(c.industry_code, 'unknown')
),
sums as (
    select
        sum(cast(i.balance as double precision) * cast(i.balance as double precision)) as squares,
        sum(cast(i.balance as double precision)) as whole,
        sum(i.loans) as base
    from industries as i
)
select
    s.squares / nullif(s.whole * s.whole, 0) as value,
    s.squares as numerator,
    s.whole * s.whole as denominator,
    s.base
from sums as s
