-- 9 Every bureau report and third-party item has a consent that was live at that time.
with uses as (
    select
        'bureau_reports' as table_name, b.bureau_report_id as row_key, b.customer_id, b.consent_id,
        b.queried_at as used_at
    from bureau_reports as b
    union all
    select
        'third_party_items' as table_name, t.item_id as row_key, t.customer_id, t.consent_id,
        t.received_at as used_at
    from third_party_items as t
)
select
    u.table_name, u.row_key, cast(u.used_at as varchar) as found,
    case
        when u.consent_id is null then 'no consent named'
        when c.consent_id is null then 'no such consent'
        when c.customer_id <> u.customer_id then 'consent of another customer'
        when c.granted_at > u.used_at then 'consent granted ' || cast(c.granted_at as varchar)
        when c.withdrawn_at <= u.used_at
            then 'consent withdrawn ' || cast(c.withdrawn_at as varchar)
        else 'consent expired ' || cast(c.expires_at as varchar)
    end as expected
from uses as u
left join consents as c on c.consent_id = u.consent_id
where c.consent_id is null
    or c.customer_id <> u.customer_id
    or c.granted_at > u.used_at
    or c.withdrawn_at <= u.used_at
    or c.expires_at <= u.used_at
order by u.table_name, u.row_key
