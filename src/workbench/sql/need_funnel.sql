-- What came of contacts about a need: one row per first contact in $follow days of a customer, in the $months months that
-- end $follow days and $decide more before $as_of, so that every one had its time. The first application within $follow days counts, its
-- decision and its loan within $decide days of it.
with
spoken as (
    select
        i.interaction_id,
        i.customer_id,
        i.started_at,
        lag(i.started_at) over (
            partition by i.customer_id order by i.started_at, i.interaction_id
        ) as before
    from interactions as i
    where i.topic = 'need' and i.started_at < cast($as_of as date) + interval '1' day
),
opened as (
    select s.interaction_id, s.customer_id, s.started_at
    from spoken as s
    where (s.before is null
            or s.before < s.started_at - cast($follow as integer) * interval '1' day)
        and s.started_at < cast($as_of as date) + interval '1' day
            - cast($follow as integer) * interval '1' day
            - cast($decide as integer) * interval '1' day
        and s.started_at >= cast($as_of as date) + interval '1' day
            - cast($follow as integer) * interval '1' day
            - cast($decide as integer) * interval '1' day
            - cast($months as integer) * interval '1' month
),
followed as (
    select
        o.interaction_id,
        a.application_id,
        a.applied_at,
        a.decision,
        a.decided_at,
        row_number() over (
            partition by o.interaction_id order by a.applied_at, a.application_id
        ) as place
    from opened as o
    inner join applications as a
        on a.customer_id = o.customer_id
        and a.applied_at >= o.started_at
        and a.applied_at < o.started_at + cast($follow as integer) * interval '1' day
),
housed as (
    select distinct l.customer_id
    from loans as l
    inner join products as p on p.product_id = l.product_id
    where p.product_type = 'mortgage' and l.disbursed_on <= cast($as_of as date)
        and (l.closed_on is null or l.closed_on > cast($as_of as date))
),
drawn as (
    select l.application_id, min(l.disbursed_on) as disbursed_on
    from loans as l where l.application_id is not null
    group by l.application_id
)
select
    o.customer_id,
    case
        when c.customer_type = 'corporate' then coalesce(c.size_class, 'not_covered')
        when c.customer_type = 'business_owner' then 'business_owner'
        when m.customer_id is not null then 'mortgage'
        else 'consumer'
    end as segment,
    f.application_id is not null as applied,
    coalesce(f.decision in ('approved', 'approved_reduced')
        and f.decided_at < f.applied_at + cast($decide as integer) * interval '1' day, false)
        as approved,
    coalesce(d.disbursed_on < cast(f.applied_at as date)
        + cast($decide as integer) * interval '1' day, false) as drawn,
    date_diff('day', cast(o.started_at as date), cast(f.applied_at as date)) as days_to_apply,
    date_diff('day', cast(f.applied_at as date), cast(f.decided_at as date)) as days_to_decide,
    date_diff('day', cast(f.decided_at as date), d.disbursed_on) as days_to_draw
from opened as o
inner join customers as c on c.customer_id = o.customer_id
left join followed as f on f.interaction_id = o.interaction_id and f.place = 1
left join drawn as d on d.application_id = f.application_id
left join housed as m on m.customer_id = o.customer_id
order by o.interaction_id
