-- How important customers call the sides of the service in the wave $wave: one row per customer and side, for questions
-- whose id is `importance_` and the side (a code of the list construct), on the five-point scale.
select
    a.customer_id,
    q.construct,
    avg(a.value_num) as importance
from survey_answers as a
inner join survey_waves as w on w.wave_id = a.wave_id
inner join survey_questions as q on q.wave_id = a.wave_id and q.question_id = a.question_id
where a.wave_id = $wave
    and w.field_to <= cast($as_of as date)
    and q.scale = 'likert_5'
    and q.question_id like 'importance\_%' escape '\'
    and a.value_num between 1 and 5
group by a.customer_id, q.construct
order by a.customer_id, q.construct
