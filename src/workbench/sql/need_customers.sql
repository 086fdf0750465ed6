-- One row per customer at $as_of: the newest yearly statement known by then, with means of its balances and those of the
-- year before, what is owed here, and what is owed everywhere by the last report of the bureau of the $recent months
-- before. A report counts only where its consent was live when it was queried, and for such a query ($purposes).
with
here as (
    select c.*
    from customers as c
    where c.opened_on <= cast($as_of as date)
        and (c.closed_on is null or c.closed_on > cast($as_of as date))
),
known as (
    select
        f.*,
        row_number() over (
            partition by f.customer_id order by f.period_end desc, f.received_on desc, f.basis
        ) as newest,
        row_number() over (
            partition by f.customer_id, f.period_end order by f.received_on desc, f.basis
        ) as version
    from financials as f
    where coalesce(f.received_on, f.period_end) <= cast($as_of as date)
        and f.period_months = 12
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
    where b.queried_at < cast($as_of as date) + interval '1' day
        and b.queried_at
        >= cast($as_of as date) + interval '1' day - cast($recent as integer) * interval '1' month
        and k.granted_at <= b.queried_at
        and (k.withdrawn_at is null or k.withdrawn_at > b.queried_at)
        and (k.expires_at is null or k.expires_at > b.queried_at)
        and position(',' || b.query_reason || ':' || k.purpose || ',' in $purposes) > 0
),
owed as (
    select
        l.customer_id,
        sum(cast(m.balance as double precision)) as owed_here,
        sum(case when p.product_type = 'fixed_asset' then cast(m.balance as double precision)
            else 0 end) as projects_here
    from loans as l
    inner join loan_months as m on m.loan_id = l.loan_id
    inner join products as p on p.product_id = l.product_id
    where m.month_end = cast($as_of as date)
    group by l.customer_id
),
housed as (
    select distinct l.customer_id
    from loans as l
    inner join products as p on p.product_id = l.product_id
    where p.product_type = 'mortgage' and l.disbursed_on <= cast($as_of as date)
)
select
    h.customer_id,
    case
        when h.customer_type = 'corporate' then coalesce(h.size_class, 'not_covered')
        when h.customer_type = 'business_owner' then 'business_owner'
        when t.customer_id is not null then 'mortgage'
        else 'consumer'
    end as segment,
    case when h.customer_type = 'individual' then null else substr(h.industry_code, 1, 1) end
        as section,
    h.region_code as region,
    n.period_end,
    n.basis,
    cast(n.income as double precision) as income,
    cast(n.income as double precision) / nullif(cast(o.income as double precision), 0) - 1
        as growth,
    cast(n.expense as double precision) as expense,
    cast(n.cost_of_sales as double precision) as cost,
    cast(n.total_profit as double precision) as profit,
    cast(n.operating_cash_flow as double precision) as cash_flow,
    cast(n.debt_service as double precision) as debt_service,
    cast(n.total_assets - n.current_assets as double precision) as fixed_assets,
    case when o.customer_id is null then 0 else 1 end as averaged,
    cast((n.receivables + coalesce(o.receivables, n.receivables)) / 2 as double precision)
        as receivables,
    cast((n.inventory + coalesce(o.inventory, n.inventory)) / 2 as double precision) as inventory,
    cast((n.prepayments + coalesce(o.prepayments, n.prepayments)) / 2 as double precision)
        as prepayments,
    cast((n.payables + coalesce(o.payables, n.payables)) / 2 as double precision) as payables,
    cast((n.advances_received + coalesce(o.advances_received, n.advances_received)) / 2
        as double precision) as advances,
    coalesce(w.owed_here, 0) as owed_here,
    coalesce(w.projects_here, 0) as projects_here,
    r.owed_everywhere
from here as h
left join known as n on n.customer_id = h.customer_id and n.newest = 1
left join known as o
    on o.customer_id = h.customer_id and o.version = 1
        and o.period_end = cast(n.period_end + interval '1' day - interval '1' year
            - interval '1' day as date)
left join reported as r on r.customer_id = h.customer_id and r.newest = 1
left join owed as w on w.customer_id = h.customer_id
left join housed as t on t.customer_id = h.customer_id
order by h.customer_id
