-- 11 The design weights of a stratum sum to the number of customers in it, within one percent.
select
    'survey_invitations' as table_name, i.wave_id || ' ' || i.stratum as row_key,
    cast(round(sum(i.design_weight), 2) as varchar) as found,
    cast(max(i.frame_count) as varchar) as expected
from survey_invitations as i
where i.frame_count is not null
group by i.wave_id, i.stratum
having abs(sum(i.design_weight) - max(i.frame_count)) > 0.01 * max(i.frame_count)
order by row_key
