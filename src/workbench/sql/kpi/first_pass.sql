-- FIRST_PASS 一次通过率: of applications the bank decided after $from up to $to, those of which no step was
-- returned up to the decision. Applications without steps on record are left out.
with
decided as (
    select a.application_id,
        max(case when e.outcome = 'return' and e.started_at <= a.decided_at then 1 else 0 end)
            as returned
    from applications as a
    inner join process_events as e on e.application_id = a.application_id
    where a.decided_at >= cast($from as date) + interval '1' day
        and a.decided_at < cast($to as date) + interval '1' day
        and a.decision in ('approved', 'approved_reduced', 'declined')
    group by a.application_id
),
sums as (
    select sum(1 - d.returned) as part, count(*) as whole
    from decided as d
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
