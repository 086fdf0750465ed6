-- SLA_MET 限时办结率: of steps with a time limit that ended after $from up to $to, those within it.
with sums as (
    select
        sum(case
            when cast(extract(epoch from (e.ended_at - e.started_at)) as double precision)
                <= e.sla_hours * 3600
                then 1
            else 0
        end) as part,
        count(*) as whole
    from process_events as e
    where e.ended_at >= cast($from as date) + interval '1' day
        and e.ended_at < cast($to as date) + interval '1' day
        and e.sla_hours is not null
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
