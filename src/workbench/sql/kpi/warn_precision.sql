-- WARN_PRECISION 预警核实属实率: of warnings raised after $from up to $to and checked, those found to be true.
-- Duplicates and warnings still to be checked count in neither.
with sums as (
    select
        sum(case when w.verdict = 'confirmed' then 1 else 0 end) as part,
        count(*) as whole
    from warnings as w
    where w.raised_at >= cast($from as date) + interval '1' day
        and w.raised_at < cast($to as date) + interval '1' day
        and w.verdict in ('confirmed', 'false_alarm')
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
