-- RESPONSE_RATE 问卷应答率: of those invited to the latest wave whose fieldwork is over at $to and who belong to
-- its population, those who answered at least in part. Waves are never pooled.
with
latest as (
    select w.wave_id, row_number() over (order by w.field_to desc, w.wave_id desc) as place
    from survey_waves as w
    where w.field_to <= cast($to as date)
),
sums as (
    select
        sum(case when i.status in ('complete', 'partial') then 1 else 0 end) as part,
        count(*) as whole
    from survey_invitations as i
    inner join latest as w on w.wave_id = i.wave_id and w.place = 1
    where i.status <> 'ineligible'
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
