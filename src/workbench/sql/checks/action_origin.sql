-- 14 What raised a measure is on record: for a process its step, application or activity. Audits have no table.
with known as (
    select 'warning' as origin_type, w.warning_id as origin_id from warnings as w
    union all
    select 'survey' as origin_type, s.wave_id as origin_id from survey_waves as s
    union all
    select 'complaint' as origin_type, c.complaint_id as origin_id from complaints as c
    union all
    select 'process' as origin_type, e.event_id as origin_id from process_events as e
    union all
    select distinct 'process' as origin_type, e.application_id as origin_id from process_events as e
    union all
    select distinct 'process' as origin_type, e.activity as origin_id from process_events as e
    union all
    select distinct 'training' as origin_type, t.session_id as origin_id from training_records as t
    union all
    select distinct 'drill' as origin_type, d.drill_id as origin_id from drills as d
    union all
    select 'campaign' as origin_type, g.campaign_id as origin_id from campaigns as g
)
select
    'actions' as table_name, a.action_id as row_key, a.origin_type || ' ' || a.origin_id as found,
    'on record' as expected
from actions as a
left join known as k on k.origin_type = a.origin_type and k.origin_id = a.origin_id
where k.origin_id is null and a.origin_type in (
    'warning', 'survey', 'complaint', 'process', 'training', 'drill', 'campaign'
)
order by a.action_id
