-- What is on file of each borrower on $as_of: one row per customer with a live loan, ordered by customer_id.
-- A fact is 1 (on file, and not too old), 0, or null where it does not apply; <fact>_days is its age.
-- External facts count from the day the bank knew them.
with live as (
    select l.loan_id, l.customer_id, l.main_security
    from loans as l
    where l.disbursed_on <= cast($as_of as date)
        and (l.closed_on is null or l.closed_on > cast($as_of as date))
),
borrowers as (
    select
        v.customer_id,
        max(case when v.main_security in ('mortgage', 'pledge') then 1 else 0 end) as secured
    from live as v
    group by v.customer_id
),
statements as (
    select f.customer_id, max(coalesce(f.received_on, f.period_end)) as known
    from financials as f
    where coalesce(f.received_on, f.period_end) <= cast($as_of as date)
    group by f.customer_id
),
reports as (
    select b.customer_id, cast(max(b.queried_at) as date) as known
    from bureau_reports as b
    where b.queried_at < cast($as_of as date) + interval '1' day
    group by b.customer_id
),
items as (
    select t.customer_id, cast(max(t.received_at) as date) as known
    from third_party_items as t
    where t.received_at < cast($as_of as date) + interval '1' day
    group by t.customer_id
),
accounts as (
    select a.customer_id, max(a.month_end) as known
    from account_months as a
    where a.month_end <= cast($as_of as date)
    group by a.customer_id
),
people as (
    select distinct k.to_customer_id as customer_id
    from customer_links as k
    where k.link_type = 'legal_representative' and k.valid_from <= cast($as_of as date)
        and (k.found_at is null or k.found_at < cast($as_of as date) + interval '1' day)
    union
    select distinct k.from_customer_id as customer_id
    from customer_links as k
    where k.link_type = 'legal_representative' and k.valid_from <= cast($as_of as date)
        and (k.found_at is null or k.found_at < cast($as_of as date) + interval '1' day)
),
planned as (
    select distinct s.loan_id from repayment_schedule as s
),
unplanned as (
    select v.customer_id, min(case when p.loan_id is null then 0 else 1 end) as planned
    from live as v
    left join planned as p on p.loan_id = v.loan_id
    group by v.customer_id
),
appraisals as (
    select v.customer_id, min(c.appraised_on) as known
    from live as v
    inner join collaterals as c on c.loan_id = v.loan_id
    where v.main_security in ('mortgage', 'pledge') and c.appraised_on <= cast($as_of as date)
    group by v.customer_id
),
rated as (
    select r.customer_id, max(r.assessed_on) as known, max(r.next_review_on) as due
    from risk_assessments as r
    where r.assessed_on <= cast($as_of as date)
    group by r.customer_id
),
touched as (
    select i.customer_id, cast(max(i.started_at) as date) as known
    from interactions as i
    where i.started_at < cast($as_of as date) + interval '1' day
    group by i.customer_id
)
select
    c.customer_id,
    c.branch_id,
    c.preferred_channel as channel,
    c.customer_type,
    case when c.customer_type = 'corporate' then null
        when c.occupation_class is null then 0 else 1 end as occupation,
    case when c.customer_type = 'corporate' then null
        when c.education is null or c.education = 'unknown' then 0 else 1 end as education,
    case when c.customer_type = 'corporate' then null
        when c.housing_status is null or c.housing_status = 'unknown' then 0 else 1 end as housing,
    case when c.customer_type = 'individual' then null
        when c.industry_code is null then 0 else 1 end as industry,
    case when c.customer_type <> 'corporate' then null
        when c.employees is null then 0 else 1 end as employees,
    case when c.customer_type <> 'corporate' then null
        when c.ownership_type is null then 0 else 1 end as ownership,
    case when c.preferred_channel is null then 0 else 1 end as channel_known,
    case when c.customer_type <> 'corporate' then null
        when e.customer_id is null then 0 else 1 end as representative,
    case when s.known >= cast($as_of as date) - cast($statement_months as integer) * interval '1' month
        then 1 else 0 end as statement,
    case when b.known >= cast($as_of as date) - cast($bureau_months as integer) * interval '1' month
        then 1 else 0 end as bureau,
    case
        when t.known >= cast($as_of as date) - cast($third_party_months as integer) * interval '1' month
            then 1 else 0 end as third_party,
    case when a.known >= cast($as_of as date) - interval '31' day then 1 else 0 end as account,
    coalesce(u.planned, 0) as schedule,
    case when w.secured = 0 then null
        when p.known >= cast($as_of as date) - cast($appraisal_months as integer) * interval '1' month
            then 1 else 0 end as appraisal,
    case when r.due >= cast($as_of as date) then 1 else 0 end as rating,
    case when h.known >= cast($as_of as date) - cast($contact_days as integer) * interval '1' day
        then 1 else 0 end as contact,
    cast($as_of as date) - cast(s.known as date) as statement_days,
    cast($as_of as date) - b.known as bureau_days,
    cast($as_of as date) - t.known as third_party_days,
    cast($as_of as date) - cast(a.known as date) as account_days,
    cast($as_of as date) - cast(p.known as date) as appraisal_days,
    cast($as_of as date) - cast(r.known as date) as rating_days,
    cast($as_of as date) - h.known as contact_days
from borrowers as w
inner join customers as c on c.customer_id = w.customer_id
left join statements as s on s.customer_id = w.customer_id
left join reports as b on b.customer_id = w.customer_id
left join items as t on t.customer_id = w.customer_id
left join accounts as a on a.customer_id = w.customer_id
left join people as e on e.customer_id = w.customer_id
left join unplanned as u on u.customer_id = w.customer_id
left join appraisals as p on p.customer_id = w.customer_id
left join rated as r on r.customer_id = w.customer_id
left join touched as h on h.customer_id = w.customer_id
order by c.customer_id
