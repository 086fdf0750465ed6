-- One row per alternative and attribute of the tasks of one study answered up to $as_of; of the newest study where
-- $study is empty. Where no day is on record the answers count as known.
with
known as (
    select t.* from choice_tasks as t where t.answered_on is null or t.answered_on <= cast($as_of as date)
),
newest as (
    select k.study
    from known as k
    group by k.study
    order by coalesce(max(k.answered_on), date '1900-01-01') desc, k.study desc
    limit 1
)
select k.study, k.task_id, k.alternative, k.attribute, k.customer_id, k.level, k.chosen
from known as k
where k.study = case when cast($study as varchar) = '' then (select n.study from newest as n) else cast($study as varchar) end
order by k.task_id, k.alternative, k.attribute
