-- One row per invitation of the wave $wave, if its fieldwork is over at $as_of: design, response, and one
-- score per question that is scored. Answers outside their scale (codes such as 99 for "do not know")
-- count as not given; reversed items are turned round; several items of one construct are averaged.
with
wave as (
    select w.wave_id, w.field_from
    from survey_waves as w
    where w.wave_id = $wave and w.field_to <= cast($as_of as date)
),
scales as (
    select
        q.wave_id,
        q.question_id,
        q.construct,
        q.is_reverse,
        cast(case when q.scale = 'nps_0_10' then 0 else 1 end as double precision) as low,
        cast(case q.scale when 'nps_0_10' then 10 when 'likert_7' then 7 else 5 end
            as double precision) as high
    from survey_questions as q
    inner join wave as w on w.wave_id = q.wave_id
    where q.scale in ('nps_0_10', 'likert_5', 'likert_7')
        and (q.construct <> 'recommend' or q.scale = 'nps_0_10')
        and q.question_id not like 'importance\_%' escape '\'
),
scored as (
    select
        a.customer_id,
        s.construct,
        case when s.is_reverse then s.low + s.high - a.value_num else a.value_num end as score
    from survey_answers as a
    inner join scales as s on s.wave_id = a.wave_id and s.question_id = a.question_id
    where a.value_num >= s.low and a.value_num <= s.high
),
scores as (
    select
        s.customer_id,
        avg(case when s.construct = 'recommend' then s.score end) as nps,
        avg(case when s.construct = 'overall' then s.score end) as csat,
        avg(case when s.construct = 'effort' then s.score end) as effort,
        avg(case when s.construct = 'process' then s.score end) as process,
        avg(case when s.construct = 'speed' then s.score end) as speed,
        avg(case when s.construct = 'professional' then s.score end) as professional,
        avg(case when s.construct = 'attitude' then s.score end) as attitude,
        avg(case when s.construct = 'price' then s.score end) as price
    from scored as s
    group by s.customer_id
),
housed as (
    select distinct l.customer_id
    from loans as l
    inner join products as p on p.product_id = l.product_id
    cross join wave as w
    where p.product_type = 'mortgage'
        and l.disbursed_on <= w.field_from
        and (l.closed_on is null or l.closed_on > w.field_from)
)
select
    i.customer_id,
    case
        when c.customer_type = 'corporate' then coalesce(c.size_class, 'not_covered')
        when c.customer_type = 'business_owner' then 'business_owner'
        when h.customer_id is not null then 'mortgage'
        else 'consumer'
    end as segment,
    c.branch_id,
    b.branch_name,
    i.stratum,
    i.cluster_id,
    i.frame_count,
    i.design_weight,
    i.status,
    i.mode_assigned,
    i.mode_answered,
    i.mode_randomised,
    i.attempts,
    i.started_at,
    i.completed_at,
    s.nps,
    s.csat,
    s.effort,
    s.process,
    s.speed,
    s.professional,
    s.attitude,
    s.price
from survey_invitations as i
inner join wave as w on w.wave_id = i.wave_id
inner join customers as c on c.customer_id = i.customer_id
left join branches as b on b.branch_id = c.branch_id
left join housed as h on h.customer_id = i.customer_id
left join scores as s on s.customer_id = i.customer_id
order by i.customer_id
