-- CAMPAIGN_UPLIFT 活动净提升: share of treated customers who took a loan, less that of the control arm, among
-- those assigned after $from up to $to. Campaign by campaign, weighted with the number treated: arms of
-- different campaigns pooled would compare different customers. A campaign without control is left out.
with
arms as (
    select
        c.campaign_id,
        cast(sum(case when c.arm = 'treatment' then 1 else 0 end) as double precision) as treated,
        cast(sum(case when c.arm = 'control' then 1 else 0 end) as double precision) as untreated,
        sum(case when c.arm = 'treatment' and c.converted_loan_id is not null then 1 else 0 end)
            as treated_loans,
        sum(case when c.arm = 'control' and c.converted_loan_id is not null then 1 else 0 end)
            as untreated_loans
    from campaign_contacts as c
    where c.assigned_at >= cast($from as date) + interval '1' day
        and c.assigned_at < cast($to as date) + interval '1' day
    group by c.campaign_id
),
sums as (
    select
        sum(a.treated_loans - a.untreated_loans * a.treated / a.untreated) as part,
        sum(a.treated) as whole,
        cast(sum(a.treated + a.untreated) as bigint) as base
    from arms as a
    where a.treated > 0 and a.untreated > 0
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.base
from sums as s
