-- One row per comment of the wave $wave, or of all, whose fieldwork is over at $as_of: who wrote what.
select
    a.customer_id,
    a.question_id,
    trim(a.value_text) as said
from survey_answers as a
inner join survey_waves as w on w.wave_id = a.wave_id
inner join survey_questions as q on q.wave_id = a.wave_id and q.question_id = a.question_id
where (a.wave_id = $wave or $wave is null)
    and w.field_to <= cast($as_of as date)
    and q.scale = 'open'
    and length(trim(a.value_text)) > 0
order by a.customer_id, a.question_id
