-- CUSTOMERS_PER_RM 客户经理人均管户数: customers at $to who have a manager, for each manager who has customers.
with sums as (
    select count(*) as part, count(distinct c.relationship_manager_id) as whole
    from customers as c
    where c.opened_on <= cast($to as date)
        and (c.closed_on is null or c.closed_on > cast($to as date))
        and c.relationship_manager_id is not null
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
