-- Measures and their follow-up, known at $as_of, whatever raised them: one row per measure, oldest first. What was
-- started or done later is not known yet; the department is that of the owner's branch.
select
    a.action_id,
    a.origin_type,
    a.origin_id,
    a.branch_id,
    b.branch_name,
    a.measure,
    o.dept_role as owner_dept,
    a.opened_at,
    case when a.started_on <= cast($as_of as date) then a.started_on end as started_on,
    a.due_at,
    case when a.done_at < cast($as_of as date) + interval '1' day then a.done_at end as done_at,
    a.target_metric,
    a.baseline_value,
    a.target_value,
    a.cost
from actions as a
left join branches as b on b.branch_id = a.branch_id
left join staff as s on s.staff_id = a.owner_staff_id
left join branches as o on o.branch_id = s.branch_id
where a.opened_at < cast($as_of as date) + interval '1' day
order by a.opened_at, a.action_id
