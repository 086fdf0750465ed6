-- Needs stated in applications of the $months months up to $as_of: one row per application with a text (`said`), whether
-- it was served (the customer took a loan), left open, or declined for the customer's own sake.
select
    a.customer_id,
    cast(a.applied_at as date) as said_on,
    'application' as source,
    case
        when a.decision = 'pending' or a.decided_at >= cast($as_of as date) + interval '1' day
            or (a.decision in ('approved', 'approved_reduced') and a.customer_accepted is null)
            then 'open'
        when a.decision in ('approved', 'approved_reduced') and a.customer_accepted then 'served'
        when a.decision = 'declined'
            and a.decline_reason in ('capacity', 'willingness', 'fraud') then 'own_risk'
        else 'unserved'
    end as need_outcome,
    trim(a.stated_need) as said
from applications as a
where a.applied_at < cast($as_of as date) + interval '1' day
    and a.applied_at
        >= cast($as_of as date) + interval '1' day - cast($months as integer) * interval '1' month
    and length(trim(a.stated_need)) > 0
order by a.application_id
