-- DRILL_PASS 演练达标率: of the steps of drills held after $from up to $to, those within their target.
with sums as (
    select sum(case when d.passed then 1 else 0 end) as part, count(*) as whole
    from drills as d
    where d.held_on > cast($from as date) and d.held_on <= cast($to as date)
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
