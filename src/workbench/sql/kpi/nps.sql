-- NPS 净推荐值: share of promoters (9, 10) less share of detractors (0 to 6) times 100, in the latest wave whose
-- fieldwork is over at $to, with the calibrated weights. Codes outside the scale are no answer.
with
latest as (
    select w.wave_id, row_number() over (order by w.field_to desc, w.wave_id desc) as place
    from survey_waves as w
    where w.field_to <= cast($to as date)
),
scores as (
    select a.customer_id, avg(a.value_num) as score
    from survey_answers as a
    inner join latest as w on w.wave_id = a.wave_id and w.place = 1
    inner join survey_questions as q on q.wave_id = a.wave_id and q.question_id = a.question_id
    where q.scale = 'nps_0_10'
        and coalesce(q.construct, 'recommend') = 'recommend'
        and a.value_num >= 0
        and a.value_num <= 10
    group by a.customer_id
),
sums as (
    select
        sum(case when s.score >= 9 then i.final_weight when s.score <= 6 then -i.final_weight else 0 end)
            * 100 as part,
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
