-- COMPLAINT_REPEAT 重复投诉率: of complaints received after $from up to $to, those made before.
with sums as (
    select sum(case when c.repeated then 1 else 0 end) as part, count(*) as whole
    from complaints as c
    where c.received_at >= cast($from as date) + interval '1' day
        and c.received_at < cast($to as date) + interval '1' day
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
