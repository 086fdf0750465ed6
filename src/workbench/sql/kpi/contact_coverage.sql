-- CONTACT_COVERAGE 90天触达覆盖率: of customers at $to, those reached in the 90 days that end with it. A call
-- that nobody answered reached nobody.
with
reached as (
    select distinct i.customer_id
    from interactions as i
    where i.started_at >= cast($to as date) - interval '89' day
        and i.started_at < cast($to as date) + interval '1' day
        and coalesce(i.outcome, 'unknown') <> 'no_answer'
),
sums as (
    select count(r.customer_id) as part, count(*) as whole
    from customers as c
    left join reached as r on r.customer_id = c.customer_id
    where c.opened_on <= cast($to as date)
        and (c.closed_on is null or c.closed_on > cast($to as date))
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
