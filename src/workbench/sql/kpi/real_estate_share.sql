-- REAL_ESTATE_SHARE 房地产贷款占比: mortgages of individuals and loans to property firms, of all balance.
-- The industry the money goes to decides; where it is unknown, the firm's own. Section K of GB/T 4754.
with
parts as (
    select
        m.loan_id,
        m.balance,
        case
            when p.product_type = 'mortgage' then 1
            when coalesce(l.use_industry_code, c.industry_code) like 'K%' then 1
            when coalesce(l.use_industry_code, c.industry_code) like '70%' then 1
            else 0
        end as property
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    inner join customers as c on c.customer_id = l.customer_id
    inner join products as p on p.product_id = l.product_id
    where m.month_end = cast($to as date) and m.balance > 0
),
sums as (
    select
        sum(case when x.property = 1 then x.balance else 0 end) as part,
        sum(x.balance) as whole,
        count(*) as base
    from parts as x
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.base
from sums as s
