-- SHARED_24H 信息共享及时率: of warnings whose 24 hours ended after $from up to $to, those that both
-- departments had seen by then. A warning that one of them never saw was not shared.
with sums as (
    select
        sum(case
            when w.seen_by_relationship_at <= w.raised_at + interval '24' hour
                and w.seen_by_risk_at <= w.raised_at + interval '24' hour
                then 1
            else 0
        end) as part,
        count(*) as whole
    from warnings as w
    where w.raised_at + interval '24' hour >= cast($from as date) + interval '1' day
        and w.raised_at + interval '24' hour < cast($to as date) + interval '1' day
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
