-- TRAIN_COVERAGE 培训覆盖率: of front-line staff at $to, those who attended a training after $from up to $to.
with
trained as (
    select distinct t.staff_id
    from training_records as t
    where t.attended and t.held_on > cast($from as date) and t.held_on <= cast($to as date)
),
sums as (
    select count(t.staff_id) as part, count(*) as whole
    from staff as s
    left join trained as t on t.staff_id = s.staff_id
    where s.role in ('relationship_manager', 'call_agent', 'teller')
        and (s.hired_on is null or s.hired_on <= cast($to as date))
        and (s.left_on is null or s.left_on > cast($to as date))
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
