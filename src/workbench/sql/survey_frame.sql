-- The population of the next survey wave at $as_of: one row per customer with a live loan, with the segment as in
-- survey_responses, whether a consent to be surveyed is live, and the last day of an invitation to a survey (the end
-- of its fieldwork) and of a contact by a campaign. Where the bank records no consents, nobody has one.
with
live as (
    select
        l.customer_id,
        max(case when p.product_type = 'mortgage' then 1 else 0 end) as housed
    from loans as l
    left join products as p on p.product_id = l.product_id
    where l.disbursed_on <= cast($as_of as date)
        and (l.closed_on is null or l.closed_on > cast($as_of as date))
    group by l.customer_id
),
consenting as (
    select distinct k.customer_id
    from consents as k
    where k.purpose = 'survey'
        and k.granted_at < cast($as_of as date) + interval '1' day
        and (k.expires_at is null or k.expires_at >= cast($as_of as date) + interval '1' day)
        and (k.withdrawn_at is null or k.withdrawn_at >= cast($as_of as date) + interval '1' day)
),
surveyed as (
    select i.customer_id, max(w.field_to) as surveyed_on
    from survey_invitations as i
    inner join survey_waves as w on w.wave_id = i.wave_id
    where w.field_from <= cast($as_of as date)
    group by i.customer_id
),
contacted as (
    select k.customer_id, max(cast(k.contacted_at as date)) as contacted_on
    from campaign_contacts as k
    where k.contacted_at < cast($as_of as date) + interval '1' day
    group by k.customer_id
)
select
    c.customer_id,
    case
        when c.customer_type = 'corporate' then coalesce(c.size_class, 'not_covered')
        when c.customer_type = 'business_owner' then 'business_owner'
        when l.housed = 1 then 'mortgage'
        else 'consumer'
    end as segment,
    c.branch_id,
    c.do_not_contact,
    k.customer_id is not null as consents,
    s.surveyed_on,
    m.contacted_on
from live as l
inner join customers as c on c.customer_id = l.customer_id
left join consenting as k on k.customer_id = c.customer_id
left join surveyed as s on s.customer_id = c.customer_id
left join contacted as m on m.customer_id = c.customer_id
where c.closed_on is null or c.closed_on > cast($as_of as date)
order by c.customer_id
