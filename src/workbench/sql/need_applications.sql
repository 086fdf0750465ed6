-- One row per application of the $months months up to $as_of that was decided: what was asked for, and what was known
-- of the customer by the day of the application: the newest yearly statement received, and the last report of the
-- bureau queried by the decision, in the $recent months before it, under a consent for it ($purposes). What is owed
-- elsewhere is what the bureau tells less what was owed here at the end of the month before.
with
asked as (
    select
        a.application_id,
        a.customer_id,
        a.product_id,
        a.purpose,
        a.decision,
        a.decline_reason,
        a.applied_at,
        coalesce(a.decided_at, a.applied_at) as decided_at,
        a.requested_amount,
        a.requested_term_m
    from applications as a
    where a.applied_at < cast($as_of as date) + interval '1' day
        and a.applied_at
        >= cast($as_of as date) + interval '1' day - cast($months as integer) * interval '1' month
        and a.decision in ('approved', 'approved_reduced', 'declined')
        and a.decided_at < cast($as_of as date) + interval '1' day
),
known as (
    select
        a.application_id,
        f.*,
        row_number() over (
            partition by a.application_id order by f.period_end desc, f.received_on desc, f.basis
        ) as newest
    from asked as a
    inner join financials as f on f.customer_id = a.customer_id
    where coalesce(f.received_on, f.period_end) <= cast(a.applied_at as date)
        and f.period_months = 12
),
reported as (
    select
        a.application_id,
        b.max_dpd_24m,
        b.queries_3m,
        cast(b.total_balance as double precision) as owed_everywhere,
        row_number() over (
            partition by a.application_id order by b.queried_at desc, b.bureau_report_id desc
        ) as newest
    from asked as a
    inner join bureau_reports as b on b.customer_id = a.customer_id
    inner join consents as k on k.consent_id = b.consent_id and k.customer_id = b.customer_id
    where b.queried_at <= a.decided_at
        and b.queried_at >= a.applied_at - cast($recent as integer) * interval '1' month
        and k.granted_at <= b.queried_at
        and (k.withdrawn_at is null or k.withdrawn_at > b.queried_at)
        and (k.expires_at is null or k.expires_at > b.queried_at)
        and position(',' || b.query_reason || ':' || k.purpose || ',' in $purposes) > 0
),
owed as (
    select
        a.application_id,
        sum(cast(m.balance as double precision)) as owed_here
    from asked as a
    inner join loans as l on l.customer_id = a.customer_id
    inner join loan_months as m
        on m.loan_id = l.loan_id
            and m.month_end
            = cast(date_trunc('month', a.applied_at) - interval '1' day as date)
    group by a.application_id
)
select
    a.application_id,
    a.customer_id,
    case
        when c.customer_type = 'corporate' then coalesce(c.size_class, 'not_covered')
        when c.customer_type = 'business_owner' then 'business_owner'
        when p.product_type = 'mortgage' then 'mortgage'
        else 'consumer'
    end as segment,
    case when c.customer_type = 'individual' then null else substr(c.industry_code, 1, 1) end
        as section,
    p.product_type,
    a.purpose,
    a.decision,
    a.decline_reason,
    cast(a.requested_amount as double precision) as requested,
    a.requested_term_m as term,
    case when c.customer_type <> 'corporate'
        then extract(year from a.applied_at) - c.birth_year end as age,
    case when c.customer_type = 'corporate'
        then extract(year from a.applied_at) - c.founded_year end as years_founded,
    case when n.period_end is not null
        then (extract(year from a.applied_at) - extract(year from n.period_end)) * 12
            + extract(month from a.applied_at) - extract(month from n.period_end) end
        as statement_months,
    n.basis,
    cast(n.income as double precision) as income,
    cast(n.income as double precision) / nullif(cast(o.income as double precision), 0) - 1
        as growth,
    cast(n.expense as double precision) as expense,
    cast(n.cost_of_sales as double precision) as cost,
    cast(n.total_profit as double precision) as profit,
    cast(n.debt_service as double precision) as debt_service,
    cast((n.receivables + coalesce(o.receivables, n.receivables)) / 2 as double precision)
        as receivables,
    cast((n.inventory + coalesce(o.inventory, n.inventory)) / 2 as double precision) as inventory,
    cast((n.prepayments + coalesce(o.prepayments, n.prepayments)) / 2 as double precision)
        as prepayments,
    cast((n.payables + coalesce(o.payables, n.payables)) / 2 as double precision) as payables,
    cast((n.advances_received + coalesce(o.advances_received, n.advances_received)) / 2
        as double precision) as advances,
    greatest(r.owed_everywhere - coalesce(w.owed_here, 0), 0) as owed_elsewhere,
    r.max_dpd_24m,
    r.queries_3m
from asked as a
inner join customers as c on c.customer_id = a.customer_id
inner join products as p on p.product_id = a.product_id
left join known as n on n.application_id = a.application_id and n.newest = 1
left join known as o
    on o.application_id = a.application_id
        and o.period_end = cast(n.period_end + interval '1' day - interval '1' year
            - interval '1' day as date)
left join reported as r on r.application_id = a.application_id and r.newest = 1
left join owed as w on w.application_id = a.application_id
order by a.application_id
