-- Campaigns whose customers were assigned after $from up to $to: how many were assigned to each arm and took a loan, how
-- many were contacted and opted out, and what it cost.
select
    c.campaign_id,
    max(g.name) as campaign,
    max(g.campaign_type) as campaign_type,
    min(c.assigned_at) as assigned_at,
    cast(sum(case when c.arm = 'treatment' then 1 else 0 end) as bigint) as treated,
    cast(sum(case when c.arm = 'control' then 1 else 0 end) as bigint) as untreated,
    cast(sum(case when c.arm = 'treatment' and c.converted_loan_id is not null then 1 else 0 end) as bigint)
        as treated_loans,
    cast(sum(case when c.arm = 'control' and c.converted_loan_id is not null then 1 else 0 end) as bigint)
        as untreated_loans,
    cast(sum(case when c.contacted_at is not null then 1 else 0 end) as bigint) as contacted,
    cast(sum(case when c.contacted_at is not null and c.opted_out then 1 else 0 end) as bigint) as opted_out,
    cast(sum(coalesce(c.cost, 0)) as double precision) as cost
from campaign_contacts as c
inner join campaigns as g on g.campaign_id = c.campaign_id
where c.assigned_at >= cast($from as date) + interval '1' day
    and c.assigned_at < cast($to as date) + interval '1' day
group by c.campaign_id
order by assigned_at, c.campaign_id
