-- Needs noted in contacts about a need in the $months months up to $as_of: one row per contact with a note (`said`). It is
-- served if the customer took a loan that was applied for within $follow days, open while these are not over, declined
-- for the customer's own sake if that alone is what came of it.
with
noted as (
    select i.interaction_id, i.customer_id, i.started_at, trim(i.note_text) as said
    from interactions as i
    where i.topic = 'need'
        and i.started_at < cast($as_of as date) + interval '1' day
        and i.started_at >= cast($as_of as date) + interval '1' day
            - cast($months as integer) * interval '1' month
        and length(trim(i.note_text)) > 0
),
followed as (
    select
        n.interaction_id,
        max(case when a.decision in ('approved', 'approved_reduced') and a.customer_accepted
            then 1 else 0 end) as served,
        max(case when a.decision = 'pending' or a.decided_at >= cast($as_of as date)
            + interval '1' day then 1 else 0 end) as pending,
        max(case when a.decision = 'declined'
            and a.decline_reason in ('capacity', 'willingness', 'fraud')
            then 1 else 0 end) as refused
    from noted as n
    inner join applications as a
        on a.customer_id = n.customer_id
        and a.applied_at >= n.started_at
        and a.applied_at < n.started_at + cast($follow as integer) * interval '1' day
        and a.applied_at < cast($as_of as date) + interval '1' day
    group by n.interaction_id
)
select
    n.customer_id,
    cast(n.started_at as date) as said_on,
    'contact' as source,
    case
        when f.served = 1 then 'served'
        when f.pending = 1 or n.started_at + cast($follow as integer) * interval '1' day
            >= cast($as_of as date) + interval '1' day then 'open'
        when f.refused = 1 then 'own_risk'
        else 'unserved'
    end as need_outcome,
    n.said
from noted as n
left join followed as f on f.interaction_id = n.interaction_id
order by n.interaction_id
