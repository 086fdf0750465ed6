-- 12 A contact follows its assignment; neither the control arm nor who does not want it is contacted.
with marketing as (
    select
        k.campaign_id || ' ' || k.customer_id as row_key, k.arm, k.assigned_at, k.contacted_at,
        c.do_not_contact, g.campaign_type
    from campaign_contacts as k
    inner join campaigns as g on g.campaign_id = k.campaign_id
    inner join customers as c on c.customer_id = k.customer_id
    where k.contacted_at is not null
)
select
    'campaign_contacts' as table_name, row_key, cast(contacted_at as varchar) as found,
    case
        when contacted_at < assigned_at then '>= ' || cast(assigned_at as varchar)
        when arm = 'control' then 'control arm'
        else 'do not contact'
    end as expected
from marketing
where contacted_at < assigned_at
    or arm = 'control'
    or (do_not_contact and campaign_type <> 'risk_education')
order by row_key
