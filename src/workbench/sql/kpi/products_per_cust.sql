-- PRODUCTS_PER_CUST 户均产品数: products held at $to for each customer of the accounts table.
with sums as (
    select sum(a.products_held) as part, count(a.products_held) as whole
    from account_months as a
    where a.month_end = cast($to as date)
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
