-- OPT_OUT_RATE 退订率: of customers contacted after $from up to $to, those who opted out.
with sums as (
    select sum(case when c.opted_out then 1 else 0 end) as part, count(*) as whole
    from campaign_contacts as c
    where c.contacted_at >= cast($from as date) + interval '1' day
        and c.contacted_at < cast($to as date) + interval '1' day
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
