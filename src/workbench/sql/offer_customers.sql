-- One row per customer of the bank at $as_of, with what decides whether a product may be offered: segment as in
-- survey_frame, consent to marketing, wish not to be contacted, last contact of a campaign, arrears, class, newest PD,
-- open warnings, and years with the bank. Where the bank records no consents, nobody has one.
with
now_live as (
    select
        l.customer_id,
        max(case when p.product_type = 'mortgage' then 1 else 0 end) as housed
    from loans as l
    left join products as p on p.product_id = l.product_id
    where l.disbursed_on <= cast($as_of as date)
        and (l.closed_on is null or l.closed_on > cast($as_of as date))
    group by l.customer_id
),
newest as (
    select max(m.month_end) as month_end from loan_months as m where m.month_end <= cast($as_of as date)
),
owed as (
    select
        l.customer_id,
        max(m.dpd) as dpd,
        max(case when m.five_class in ('substandard', 'doubtful', 'loss') then 2
            when m.five_class = 'special_mention' then 1 else 0 end) as class_rank
    from loan_months as m
    inner join newest as n on n.month_end = m.month_end
    inner join loans as l on l.loan_id = m.loan_id
    where m.balance > 0
    group by l.customer_id
),
rated as (
    select
        r.customer_id,
        r.pd_12m as pd,
        row_number() over (
            partition by r.customer_id order by r.assessed_on desc, r.assessment_id desc
        ) as newest
    from risk_assessments as r
    where r.assessed_on <= cast($as_of as date) and r.pd_12m is not null
),
warned as (
    select
        w.customer_id,
        max(case w.level when 'red' then 3 when 'orange' then 2 else 1 end) as warning_rank
    from warnings as w
    where w.raised_at < cast($as_of as date) + interval '1' day
        and (w.closed_at is null or w.closed_at >= cast($as_of as date) + interval '1' day)
        and coalesce(w.verdict, 'pending') not in ('false_alarm', 'duplicate')
    group by w.customer_id
),
consenting as (
    select distinct k.customer_id
    from consents as k
    where k.purpose = 'marketing'
        and k.granted_at < cast($as_of as date) + interval '1' day
        and (k.expires_at is null or k.expires_at >= cast($as_of as date) + interval '1' day)
        and (k.withdrawn_at is null or k.withdrawn_at >= cast($as_of as date) + interval '1' day)
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
    c.preferred_channel,
    coalesce(c.do_not_contact, true) as do_not_contact,
    k.customer_id is not null as consents,
    date_diff('day', m.contacted_on, cast($as_of as date)) as days_rested,
    coalesce(o.dpd, 0) as dpd,
    coalesce(o.class_rank, 0) as class_rank,
    r.pd,
    coalesce(w.warning_rank, 0) as warning_rank,
    cast(date_diff('day', c.opened_on, cast($as_of as date)) as double precision) / 365.25
        as years_here
from customers as c
left join now_live as l on l.customer_id = c.customer_id
left join owed as o on o.customer_id = c.customer_id
left join rated as r on r.customer_id = c.customer_id and r.newest = 1
left join warned as w on w.customer_id = c.customer_id
left join consenting as k on k.customer_id = c.customer_id
left join contacted as m on m.customer_id = c.customer_id
where c.opened_on <= cast($as_of as date)
    and (c.closed_on is null or c.closed_on > cast($as_of as date))
order by c.customer_id
