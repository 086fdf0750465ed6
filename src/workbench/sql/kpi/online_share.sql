-- ONLINE_SHARE 线上化率: of applications made after $from up to $to, those made in the app or on the web.
with sums as (
    select sum(case when a.channel in ('app', 'web') then 1 else 0 end) as part, count(*) as whole
    from applications as a
    where a.applied_at >= cast($from as date) + interval '1' day
        and a.applied_at < cast($to as date) + interval '1' day
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
