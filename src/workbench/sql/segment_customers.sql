-- One row per customer of the bank at the end of the month $month: what segments are formed of (means over the three
-- months up to it), what sizes of firms are told by, and what describes segments from outside. Only what was known by
-- then: statements received, reports queried under a live consent, surveys finished. Without accounts the row is there
-- and its numbers are missing.
with
here as (
    select c.*
    from customers as c
    where c.opened_on <= cast($month as date)
        and (c.closed_on is null or c.closed_on > cast($month as date))
),
used as (
    select
        a.customer_id,
        avg(a.digital_logins) as logins,
        avg(a.txn_count) as entries,
        avg(cast(a.deposit_avg as double precision)) as deposits,
        avg(cast(a.inflow as double precision)) as inflow,
        avg(case when a.payroll_flag then 1.0 when not a.payroll_flag then 0.0 end) as paid_in,
        max(case when a.month_end = cast($month as date) then a.products_held end) as products
    from account_months as a
    where a.month_end <= cast($month as date)
        and a.month_end >= cast($month as date) + interval '1' day - interval '3' month
    group by a.customer_id
),
brought as (
    select a.customer_id, sum(cast(a.revenue_to_bank as double precision)) as revenue
    from account_months as a
    where a.month_end <= cast($month as date)
        and a.month_end >= cast($month as date) + interval '1' day - interval '12' month
    group by a.customer_id
),
owed as (
    select
        l.customer_id,
        sum(cast(m.balance as double precision)) as balance,
        max(m.dpd) as dpd
    from loans as l
    inner join loan_months as m
        on m.loan_id = l.loan_id and m.month_end = cast($month as date)
    group by l.customer_id
),
stated as (
    select
        f.customer_id,
        cast(f.income as double precision) * 12 / f.period_months as stated_revenue,
        cast(f.total_assets as double precision) as assets,
        row_number() over (
            partition by f.customer_id
            order by f.period_end desc, f.period_months desc, f.basis
        ) as newest
    from financials as f
    where coalesce(f.received_on, f.period_end) <= cast($month as date)
        and f.period_months > 0
),
reported as (
    select
        b.customer_id,
        cast(b.total_balance as double precision) as owed_everywhere,
        row_number() over (
            partition by b.customer_id order by b.queried_at desc, b.bureau_report_id desc
        ) as newest
    from bureau_reports as b
    inner join consents as k on k.consent_id = b.consent_id and k.customer_id = b.customer_id
    where b.queried_at < cast($month as date) + interval '1' day
        and b.queried_at >= cast($month as date) + interval '1' day - interval '12' month
        and k.granted_at <= b.queried_at
        and (k.withdrawn_at is null or k.withdrawn_at > b.queried_at)
        and (k.expires_at is null or k.expires_at > b.queried_at)
),
rated as (
    select
        r.customer_id,
        r.pd_12m as pd,
        row_number() over (
            partition by r.customer_id order by r.assessed_on desc, r.assessment_id desc
        ) as newest
    from risk_assessments as r
    where r.assessed_on <= cast($month as date) and r.pd_12m is not null
),
answered as (
    select
        a.customer_id,
        a.value_num as recommend,
        row_number() over (
            partition by a.customer_id order by w.field_to desc, w.wave_id desc, q.question_id
        ) as newest
    from survey_answers as a
    inner join survey_questions as q
        on q.wave_id = a.wave_id and q.question_id = a.question_id
    inner join survey_waves as w on w.wave_id = a.wave_id
    where q.construct = 'recommend' and q.scale = 'nps_0_10'
        and a.value_num between 0 and 10
        and w.field_to <= cast($month as date)
        and w.field_to >= cast($month as date) + interval '1' day - interval '24' month
),
asked as (
    select
        p.customer_id,
        p.purpose,
        o.product_type,
        cast(p.requested_amount as double precision) as requested,
        p.approved_rate,
        row_number() over (
            partition by p.customer_id order by p.applied_at desc, p.application_id desc
        ) as newest
    from applications as p
    left join products as o on o.product_id = p.product_id
    where p.applied_at < cast($month as date) + interval '1' day
        and p.applied_at >= cast($month as date) + interval '1' day - interval '24' month
)
select
    h.customer_id,
    h.customer_type,
    h.size_class as recorded_size,
    h.industry_code,
    h.employees,
    s.stated_revenue as revenue,
    s.assets,
    h.preferred_channel,
    cast(date_diff('day', h.opened_on, cast($month as date)) as double precision) / 365.25
        as years_here,
    u.logins,
    u.entries,
    case when u.inflow > 0 then u.deposits / u.inflow end as kept,
    case when u.paid_in >= 0.5 then 'yes' when u.paid_in < 0.5 then 'no' end as payroll,
    u.deposits,
    u.products,
    b.revenue as earned,
    coalesce(o.balance, 0) as balance,
    case when o.balance > 0 then case when o.dpd > 0 then 1.0 else 0.0 end end as late,
    r.pd,
    case when e.owed_everywhere > 0 and o.balance > 0
        then least(o.balance / e.owed_everywhere, 1.0) end as wallet,
    n.recommend,
    a.purpose,
    a.product_type,
    a.requested,
    a.approved_rate
from here as h
left join used as u on u.customer_id = h.customer_id
left join brought as b on b.customer_id = h.customer_id
left join owed as o on o.customer_id = h.customer_id
left join stated as s on s.customer_id = h.customer_id and s.newest = 1
left join reported as e on e.customer_id = h.customer_id and e.newest = 1
left join rated as r on r.customer_id = h.customer_id and r.newest = 1
left join answered as n on n.customer_id = h.customer_id and n.newest = 1
left join asked as a on a.customer_id = h.customer_id and a.newest = 1
order by h.customer_id
