-- Uses of information that need a consent, up to $as_of: bureau reports queried and third-party items received.
-- A use is covered where its consent is the customer's own, was granted by then, had neither been withdrawn nor
-- expired, and was given for this use ($purposes: use and purpose, between commas); else `gap` says why not: the
-- purpose is looked at last. Uses covered are counted by quarter; the others are also told by customer.
with uses as (
    select
        'bureau_reports' as information, b.customer_id, b.consent_id, b.queried_at as used_at,
        ',' || b.query_reason || ':' as used_for
    from bureau_reports as b
    union all
    select
        'third_party_items' as information, t.customer_id, t.consent_id, t.received_at as used_at,
        ',item:' as used_for
    from third_party_items as t
),
judged as (
    select
        u.information,
        u.customer_id,
        extract(year from u.used_at) as used_year,
        ceil(extract(month from u.used_at) / 3.0) as used_quarter,
        case
            when u.consent_id is null then 'none_named'
            when c.consent_id is null then 'not_found'
            when c.customer_id <> u.customer_id then 'other_customer'
            when c.granted_at > u.used_at then 'before_grant'
            when c.withdrawn_at <= u.used_at then 'withdrawn'
            when c.expires_at <= u.used_at then 'expired'
            when position(u.used_for || c.purpose || ',' in $purposes) = 0 then 'wrong_purpose'
        end as gap
    from uses as u
    left join consents as c on c.consent_id = u.consent_id
    where u.used_at < cast($as_of as date) + interval '1' day
)
select
    j.information,
    cast(j.used_year as integer) as used_year,
    cast(j.used_quarter as integer) as used_quarter,
    j.gap,
    case when j.gap is not null then j.customer_id end as customer_id,
    count(*) as uses
from judged as j
group by
    j.information, j.used_year, j.used_quarter, j.gap,
    case when j.gap is not null then j.customer_id end
order by j.information, used_year, used_quarter, j.gap, customer_id
