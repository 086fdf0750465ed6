-- How far two sources lie apart on one fact, on $as_of: one row per pair of sources and distance, with how often it occurs.
-- `apart` is the first figure over the second (yearly income over invoices or twelve fund bases, staff over insured
-- staff); the grades from the bureau's worst class to substandard, where we classed the customer substandard or worse in
-- the $class_months months before the report; and 1 where a customer's region is not that of the branch, else 0.
-- The newest statement and the newest item of a customer are compared if at most $statement_months months lie between.
-- Items and reports without a live consent are left out; a bank that has taken in no consents at all keeps them.
with consented as (
    select count(*) as consents
    from consents as c
),
items as (
    select
        t.customer_id, t.item_code, t.value, t.observed_on,
        row_number() over (
            partition by t.customer_id, t.item_code
            order by t.observed_on desc, t.received_at desc, t.item_id
        ) as newest
    from third_party_items as t
    cross join consented as g
    left join consents as c
        on c.consent_id = t.consent_id
        and c.customer_id = t.customer_id
    where t.received_at < cast($as_of as date) + interval '1' day
        and t.item_code in ('invoice_sales_12m', 'housing_fund_base', 'social_security_heads')
        and t.value > 0
        and (
            g.consents = 0
            or (
                c.granted_at <= t.received_at
                and (c.withdrawn_at is null or c.withdrawn_at > t.received_at)
                and (c.expires_at is null or c.expires_at > t.received_at)
            )
        )
),
statements as (
    select
        f.customer_id,
        f.period_end,
        cast(f.income as double precision) * 12 / f.period_months as income,
        row_number() over (
            partition by f.customer_id order by f.period_end desc, f.period_months desc, f.basis
        ) as newest
    from financials as f
    where coalesce(f.received_on, f.period_end) <= cast($as_of as date) and f.income > 0
),
declared as (
    select
        case
            when i.item_code = 'invoice_sales_12m' then 'income_invoices' else 'income_fund_base'
        end as fact_pair,
        case
            when i.item_code = 'invoice_sales_12m' then s.income / i.value
            else s.income / (12 * i.value)
        end as apart
    from items as i
    inner join statements as s on s.customer_id = i.customer_id and s.newest = 1
    where i.newest = 1
        and i.item_code in ('invoice_sales_12m', 'housing_fund_base')
        and s.period_end <= i.observed_on + cast($statement_months as integer) * interval '1' month
        and i.observed_on <= s.period_end + cast($statement_months as integer) * interval '1' month
),
insured as (
    select 'staff_insured' as fact_pair, c.employees / i.value as apart
    from items as i
    inner join customers as c on c.customer_id = i.customer_id
    where i.newest = 1 and i.item_code = 'social_security_heads' and c.employees > 0
),
grades as (
    select 'normal' as five_class, 0 as grade
    union all select 'special_mention' as five_class, 1 as grade
    union all select 'substandard' as five_class, 2 as grade
    union all select 'doubtful' as five_class, 3 as grade
    union all select 'loss' as five_class, 4 as grade
),
own as (
    select distinct l.customer_id, m.month_end
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    where m.five_class in ('substandard', 'doubtful', 'loss')
),
reports as (
    select
        b.bureau_report_id, b.customer_id, b.queried_at, r.grade,
        cast(b.queried_at as date) - (extract(day from b.queried_at) - 1) * interval '1' day
            as month_start
    from bureau_reports as b
    cross join consented as g
    inner join grades as r on r.five_class = b.worst_class
    left join consents as c
        on c.consent_id = b.consent_id
        and c.customer_id = b.customer_id
    where b.queried_at < cast($as_of as date) + interval '1' day
        and (
            g.consents = 0
            or (
                c.granted_at <= b.queried_at
                and (c.withdrawn_at is null or c.withdrawn_at > b.queried_at)
                and (c.expires_at is null or c.expires_at > b.queried_at)
            )
        )
),
classed as (
    select 'own_bureau_class' as fact_pair, 2 - max(r.grade) as apart
    from reports as r
    inner join own as o
        on o.customer_id = r.customer_id
        and o.month_end < r.month_start
        and o.month_end >= r.month_start - cast($class_months as integer) * interval '1' month
    group by r.bureau_report_id
),
placed as (
    select
        'region_branch' as fact_pair,
        case when c.region_code <> b.region_code then 1 else 0 end as apart
    from customers as c
    inner join branches as b on b.branch_id = c.branch_id
    where c.opened_on <= cast($as_of as date)
        and (c.closed_on is null or c.closed_on > cast($as_of as date))
),
together as (
    select d.fact_pair, d.apart from declared as d
    union all
    select i.fact_pair, i.apart from insured as i
    union all
    select k.fact_pair, cast(k.apart as double precision) as apart from classed as k
    union all
    select p.fact_pair, cast(p.apart as double precision) as apart from placed as p
)
select t.fact_pair, t.apart, count(*) as times
from together as t
group by t.fact_pair, t.apart
order by t.fact_pair, t.apart
