-- 8 A decision follows its application, a step ends after it starts, and money was paid out for every loan.
select
    'applications' as table_name, a.application_id as row_key,
    cast(a.decided_at as varchar) as found, '>= ' || cast(a.applied_at as varchar) as expected
from applications as a
where a.decided_at < a.applied_at
union all
select
    'process_events' as table_name, e.event_id as row_key,
    cast(e.ended_at as varchar) as found, '>= ' || cast(e.started_at as varchar) as expected
from process_events as e
where e.ended_at < e.started_at
union all
select
    'process_events' as table_name, l.application_id as row_key,
    'no disbursement' as found, 'loan ' || l.loan_id as expected
from loans as l
inner join (select distinct p.application_id from process_events as p) as p
    on p.application_id = l.application_id
left join process_events as d
    on d.application_id = l.application_id and d.activity = 'disbursement'
where d.event_id is null
order by table_name, row_key
