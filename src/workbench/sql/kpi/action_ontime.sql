-- ACTION_ONTIME 措施按时完成率: of measures due after $from up to $to, those done by then. A measure that is
-- still open is not on time.
with sums as (
    select sum(case when a.done_at <= a.due_at then 1 else 0 end) as part, count(*) as whole
    from actions as a
    where a.due_at >= cast($from as date) + interval '1' day
        and a.due_at < cast($to as date) + interval '1' day
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
