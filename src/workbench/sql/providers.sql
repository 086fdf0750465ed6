-- What each provider of third-party items delivered in the $months months up to $as_of: one row per provider, ordered.
-- An item applies to borrowers of the types that the provider ever supplied; `covered` are those with an item received
-- in that time. A consent counts that was live and given for this ($purposes). `credit_items` are credit information on natural persons, `licensed` those from a licensed bureau.
with received as (
    select
        t.item_id, t.provider, t.customer_id, t.cost, c.customer_type,
        case
            when t.received_at >= cast($as_of as date) + interval '1' day
                - cast($months as integer) * interval '1' month then 1 else 0
        end as recent,
        case
            when k.consent_id is null then 1
            when k.customer_id <> t.customer_id then 1
            when k.granted_at > t.received_at then 1
            when k.withdrawn_at <= t.received_at then 1
            when k.expires_at <= t.received_at then 1
            when position(',item:' || k.purpose || ',' in $purposes) = 0 then 1
            else 0
        end as without_consent,
        case
            when position(',' || c.customer_type || ',' in $natural_persons) > 0
                and position(',' || t.item_code || ',' in $credit_items) > 0 then 1 else 0
        end as credit_item,
        case when t.licensed_bureau then 1 else 0 end as licensed
    from third_party_items as t
    inner join customers as c on c.customer_id = t.customer_id
    left join consents as k on k.consent_id = t.consent_id
    where t.received_at < cast($as_of as date) + interval '1' day
),
borrowers as (
    select distinct l.customer_id, c.customer_type
    from loans as l
    inner join customers as c on c.customer_id = l.customer_id
    where l.disbursed_on <= cast($as_of as date)
        and (l.closed_on is null or l.closed_on > cast($as_of as date))
),
supplied as (
    select distinct r.provider, r.customer_type from received as r
),
applies as (
    select s.provider, count(*) as borrowers
    from supplied as s
    inner join borrowers as b on b.customer_type = s.customer_type
    group by s.provider
),
covers as (
    select r.provider, count(distinct r.customer_id) as covered
    from received as r
    inner join borrowers as b on b.customer_id = r.customer_id
    where r.recent = 1
    group by r.provider
)
select
    r.provider,
    max(a.borrowers) as borrowers,
    coalesce(max(v.covered), 0) as covered,
    sum(r.recent) as items,
    cast(sum(r.recent * r.cost) as double precision) as cost,
    sum(r.recent * r.without_consent) as without_consent,
    sum(r.recent * r.credit_item) as credit_items,
    sum(r.recent * r.credit_item * r.licensed) as licensed
from received as r
inner join applies as a on a.provider = r.provider
left join covers as v on v.provider = r.provider
group by r.provider
order by r.provider
