-- TAT_MEDIAN_H 全流程时长中位数: hours from the first submission to the end of the disbursement, of
-- applications disbursed after $from up to $to. Without both steps on record there is no duration.
with
spans as (
    select e.application_id,
        min(case when e.activity = 'submit' then e.started_at end) as started_at,
        max(case when e.activity = 'disbursement' then coalesce(e.ended_at, e.started_at) end)
            as ended_at
    from process_events as e
    where e.activity in ('submit', 'disbursement')
    group by e.application_id
),
hours as (
    select cast(extract(epoch from (s.ended_at - s.started_at)) as double precision) / 3600 as hours
    from spans as s
    where s.started_at is not null
        and s.ended_at >= cast($from as date) + interval '1' day
        and s.ended_at < cast($to as date) + interval '1' day
)
select
    cast(percentile_cont(0.5) within group (order by h.hours) as double precision) as value,
    cast(null as double precision) as numerator,
    cast(null as double precision) as denominator,
    count(*) as base
from hours as h
