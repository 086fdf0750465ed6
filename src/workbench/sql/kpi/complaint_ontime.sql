-- COMPLAINT_ONTIME 投诉按时办结率: of complaints due after $from up to $to, those closed by then. A complaint
-- that is still open is not on time: an average over its missing day would leave it out.
with sums as (
    select sum(case when c.closed_at <= c.due_at then 1 else 0 end) as part, count(*) as whole
    from complaints as c
    where c.due_at >= cast($from as date) + interval '1' day
        and c.due_at < cast($to as date) + interval '1' day
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
