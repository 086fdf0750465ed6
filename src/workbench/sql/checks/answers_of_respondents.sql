-- 10 Only people who took part have answers, and an answer lies on the scale of its question.
select
    'survey_answers' as table_name,
    a.wave_id || ' ' || a.customer_id || ' ' || a.question_id as row_key,
    coalesce(i.status, 'not invited') as found, 'complete or partial' as expected
from survey_answers as a
left join survey_invitations as i on i.wave_id = a.wave_id and i.customer_id = a.customer_id
where i.status is null or i.status not in ('complete', 'partial')
union all
select
    'survey_answers' as table_name,
    a.wave_id || ' ' || a.customer_id || ' ' || a.question_id as row_key,
    cast(a.value_num as varchar) as found, q.scale as expected
from survey_answers as a
inner join survey_questions as q on q.wave_id = a.wave_id and q.question_id = a.question_id
where (q.scale = 'nps_0_10' and (a.value_num < 0 or a.value_num > 10))
    or (q.scale = 'likert_5' and (a.value_num < 1 or a.value_num > 5))
    or (q.scale = 'likert_7' and (a.value_num < 1 or a.value_num > 7))
    or (q.scale = 'yes_no' and a.value_num <> 0 and a.value_num <> 1)
    or (
        q.scale in ('nps_0_10', 'likert_5', 'likert_7', 'yes_no')
        and a.value_num <> floor(a.value_num)
    )
order by row_key, expected
