-- CSAT_T2B 满意度(前两档): customers whose overall satisfaction is 4 or 5 of 5, in the latest wave whose
-- fieldwork is over at $to, with the calibrated weights. Reversed items are turned round, several averaged.
with
latest as (
    select w.wave_id, row_number() over (order by w.field_to desc, w.wave_id desc) as place
    from survey_waves as w
    where w.field_to <= cast($to as date)
),
scores as (
    select a.customer_id,
        avg(case when q.is_reverse then 6 - a.value_num else a.value_num end) as score
    from survey_answers as a
    inner join latest as w on w.wave_id = a.wave_id and w.place = 1
    inner join survey_questions as q on q.wave_id = a.wave_id and q.question_id = a.question_id
    where q.scale = 'likert_5'
        and q.construct = 'overall'
        and a.value_num >= 1
        and a.value_num <= 5
    group by a.customer_id
),
sums as (
    select
        sum(case when s.score >= 4 then i.final_weight else 0 end) as part,
        sum(i.final_weight) as whole,
        count(*) as base
    from scores as s
    inner join survey_invitations as i on i.customer_id = s.customer_id
    inner join latest as w on w.wave_id = i.wave_id and w.place = 1
    where i.final_weight is not null
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.base
from sums as s
