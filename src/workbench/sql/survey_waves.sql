-- Survey waves whose fieldwork is over at $as_of, oldest first, with how many were invited and answered.
select
    w.wave_id,
    w.name,
    w.design,
    w.field_from,
    w.field_to,
    count(i.customer_id) as invited,
    sum(case when i.status in ('complete', 'partial') then 1 else 0 end) as answered
from survey_waves as w
left join survey_invitations as i on i.wave_id = w.wave_id
where w.field_to <= cast($as_of as date)
group by w.wave_id, w.name, w.design, w.field_from, w.field_to
order by w.field_from, w.wave_id
