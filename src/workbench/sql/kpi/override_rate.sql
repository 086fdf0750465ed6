-- OVERRIDE_RATE 评级推翻率: assessments after $from up to $to whose grade a person changed.
with sums as (
    select
        sum(case
            when a.override_grade is not null and a.override_grade <> a.risk_grade then 1 else 0
        end) as part,
        count(*) as whole
    from risk_assessments as a
    where a.assessed_on > cast($from as date) and a.assessed_on <= cast($to as date)
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
