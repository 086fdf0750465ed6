-- One row per customer of the bank at $day: what was known by then that may foretell which loan is taken next. Loans by
-- their contracts, accounts by whole months, contacts and applications by when they happened, answers by when they were
-- given; nothing of what came later.
with
here as (
    select c.* from customers as c
    where c.opened_on <= cast($day as date)
        and (c.closed_on is null or c.closed_on > cast($day as date))
),
running as (
    select
        l.customer_id,
        max(case when p.product_type = 'mortgage' then 1 else 0 end) as housed,
        count(*) as loans_live,
        sum(cast(l.principal as double precision)) as borrowed,
        min(date_diff('day', cast($day as date), l.matures_on)) as days_to_maturity,
        max(l.rate_at_origination) as highest_rate
    from loans as l
    left join products as p on p.product_id = l.product_id
    where l.disbursed_on <= cast($day as date)
        and (l.closed_on is null or l.closed_on > cast($day as date))
    group by l.customer_id
),
earlier as (
    select
        l.customer_id,
        count(*) as loans_ever,
        date_diff('day', max(l.disbursed_on), cast($day as date)) as days_since_loan
    from loans as l
    where l.disbursed_on <= cast($day as date)
    group by l.customer_id
),
newest_month as (
    select max(m.month_end) as month_end from loan_months as m where m.month_end <= cast($day as date)
),
owed as (
    select l.customer_id, sum(cast(m.balance as double precision)) as balance, max(m.dpd) as dpd
    from loan_months as m
    inner join newest_month as n on n.month_end = m.month_end
    inner join loans as l on l.loan_id = m.loan_id
    group by l.customer_id
),
used as (
    select
        a.customer_id,
        avg(cast(a.deposit_avg as double precision)) as deposits,
        avg(cast(a.inflow as double precision)) as inflow,
        avg(cast(a.aum_avg as double precision)) as assets,
        avg(a.digital_logins) as logins,
        avg(case when a.payroll_flag then 1.0 else 0.0 end) as payroll
    from account_months as a
    where a.month_end <= cast($day as date)
        and a.month_end > cast($day as date) - interval '100' day
    group by a.customer_id
),
spoken as (
    select
        i.customer_id,
        sum(case when i.topic = 'need' and i.started_at >= cast($day as date) - interval '90' day
            then 1 else 0 end) as need_contacts,
        sum(case when i.topic = 'rate' then 1 else 0 end) as rate_contacts,
        count(*) as contacts
    from interactions as i
    where i.started_at < cast($day as date) + interval '1' day
        and i.started_at >= cast($day as date) - interval '180' day
    group by i.customer_id
),
asked as (
    select
        a.customer_id,
        count(*) as applications
    from applications as a
    where a.applied_at < cast($day as date) + interval '1' day
        and a.applied_at >= cast($day as date) - interval '365' day
    group by a.customer_id
),
rated as (
    select
        r.customer_id,
        r.pd_12m as pd,
        row_number() over (
            partition by r.customer_id order by r.assessed_on desc, r.assessment_id desc
        ) as newest
    from risk_assessments as r
    where r.assessed_on <= cast($day as date) and r.pd_12m is not null
)
select
    h.customer_id,
    case
        when h.customer_type = 'corporate' then coalesce(h.size_class, 'not_covered')
        when h.customer_type = 'business_owner' then 'business_owner'
        when n.housed = 1 then 'mortgage'
        else 'consumer'
    end as segment,
    cast(date_diff('day', h.opened_on, cast($day as date)) as double precision) / 365.25
        as years_here,
    coalesce(n.loans_live, 0) as loans_live,
    coalesce(e.loans_ever, 0) as loans_ever,
    n.days_to_maturity,
    e.days_since_loan,
    n.highest_rate,
    case when n.borrowed > 0 then 1 - coalesce(o.balance, 0) / n.borrowed end as paid_share,
    n.borrowed,
    coalesce(o.dpd, 0) as dpd,
    r.pd,
    u.deposits,
    u.inflow,
    u.assets,
    u.logins,
    u.payroll,
    coalesce(s.need_contacts, 0) as need_contacts,
    coalesce(s.rate_contacts, 0) as rate_contacts,
    coalesce(s.contacts, 0) as contacts,
    coalesce(a.applications, 0) as applications
from here as h
left join running as n on n.customer_id = h.customer_id
left join earlier as e on e.customer_id = h.customer_id
left join owed as o on o.customer_id = h.customer_id
left join used as u on u.customer_id = h.customer_id
left join spoken as s on s.customer_id = h.customer_id
left join asked as a on a.customer_id = h.customer_id
left join rated as r on r.customer_id = h.customer_id and r.newest = 1
order by h.customer_id
