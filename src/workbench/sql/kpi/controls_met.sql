-- CONTROLS_MET 保密控制达标率: of controls reviewed after $from up to $to that apply, those met. The last review
-- of a control at a branch counts.
with
reviews as (
    select a.control_code, a.branch_id, a.status,
        row_number() over (
            partition by a.control_code, a.branch_id order by a.reviewed_on desc
        ) as place
    from control_attestations as a
    where a.reviewed_on > cast($from as date) and a.reviewed_on <= cast($to as date)
),
sums as (
    select sum(case when r.status = 'met' then 1 else 0 end) as part, count(*) as whole
    from reviews as r
    where r.place = 1 and r.status <> 'not_applicable'
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
