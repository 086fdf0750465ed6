-- One row per loan that is live and performing at a cohort month-end whose outcome is known at $as_of.
-- Cohorts are half-year ends, or every month end from $monthly_from on where that is given; a source that supplies outcomes (default_outcomes) sets its own cohorts and cases.
-- Every feature is known at the cohort: the $window months up to it, the last bureau report, the last
-- financial statement the bank had by then (received, or $financials_lag months old).
-- A bureau report counts only where its consent was live when it was queried, and for such a query ($purposes); a bank that has taken in no consents
-- at all keeps its reports, since nothing is known of any of them.
with
months as (
    select distinct lm.month_end
    from loan_months as lm
    where lm.month_end <= cast($as_of as date)
),
history as (
    select min(m.month_end) as first_month
    from months as m
),
dated as (
    select
        m.month_end as cohort,
        cast(m.month_end + interval '1' day - cast($window as integer) * interval '1' month
            - interval '1' day as date) as window_from,
        cast(m.month_end + interval '1' day + cast($horizon as integer) * interval '1' month
            - interval '1' day as date) as outcome_until,
        cast(m.month_end + interval '1' day - cast($financials_lag as integer) * interval '1' month
            - interval '1' day as date) as statements_until
    from months as m
),
supplied as (
    select o.observed_on as cohort, o.loan_id, o.defaulted
    from default_outcomes as o
    where o.horizon_months = cast($horizon as integer) and o.observed_on <= cast($as_of as date)
        and cast($scored_on as date) is null
        and (
            cast($monthly_from as date) is null or o.observed_on >= cast($monthly_from as date)
        )
),
cohorts as (
    select d.cohort, d.window_from, d.outcome_until
    from dated as d
    cross join history as h
    where (
            d.cohort = cast($scored_on as date)
            or (
                cast($scored_on as date) is null
                and (
                    (cast($monthly_from as date) is null and extract(month from d.cohort) in (6, 12))
                    or d.cohort >= cast($monthly_from as date)
                )
                and d.outcome_until <= cast($as_of as date)
            )
        )
        and h.first_month <= cast(d.window_from + interval '1' day + interval '1' month
            - interval '1' day as date)
        and d.cohort not in (select s.cohort from supplied as s)
),
failed as (
    select distinct c.cohort, lm.loan_id
    from cohorts as c
    inner join loan_months as lm
        on lm.month_end > c.cohort and lm.month_end <= c.outcome_until
    where lm.dpd > cast($overdue_days as integer)
        or lm.five_class in ('substandard', 'doubtful', 'loss')
),
observed as (
    select
        c.cohort,
        lm.loan_id,
        case
            when f.loan_id is not null then 1
            when l.close_type = 'written_off' and l.closed_on <= c.outcome_until then 1
            else 0
        end as defaulted
    from cohorts as c
    inner join loan_months as lm on lm.month_end = c.cohort
    inner join loans as l on l.loan_id = lm.loan_id
    left join facilities as fa on fa.facility_id = l.facility_id and fa.revolving
    left join failed as f on f.cohort = c.cohort and f.loan_id = lm.loan_id
    where (l.closed_on is null or l.closed_on > c.cohort)
        and (lm.balance > 0 or fa.credit_limit is not null)
        and lm.dpd <= cast($overdue_days as integer)
        and coalesce(lm.five_class, 'normal') not in ('substandard', 'doubtful', 'loss')
),
cases as (
    select o.cohort, o.loan_id, o.defaulted from observed as o
    union all
    select s.cohort, s.loan_id, case when s.defaulted then 1 else 0 end as defaulted
    from supplied as s
),
at_cohort as (
    select
        k.cohort, k.loan_id, k.defaulted, l.customer_id, d.window_from, d.statements_until,
        l.product_id, l.disbursed_on, l.matures_on, l.principal, fa.credit_limit, l.rate_type,
        l.spread_bp, l.repayment_method, l.main_security, lm.dpd, lm.source_status, lm.five_class,
        lm.restructured, lm.balance, lm.paid_amount, lm.rate
    from cases as k
    inner join loans as l on l.loan_id = k.loan_id
    left join facilities as fa on fa.facility_id = l.facility_id and fa.revolving
    inner join loan_months as lm on lm.loan_id = k.loan_id and lm.month_end = k.cohort
    inner join dated as d on d.cohort = k.cohort
),
behaviour as (
    select
        k.cohort,
        k.loan_id,
        max(lm.dpd) as dpd_max,
        sum(case when lm.dpd > 0 then 1 else 0 end) as months_late,
        sum(case when lm.dpd >= 60 then 1 else 0 end) as months_late_60,
        sum(lm.balance) as balance_sum,
        sum(case when lm.balance > 0 then lm.balance end) as owed_sum,
        count(lm.balance) as balance_months,
        sum(lm.paid_amount) as paid_sum,
        min(lm.paid_amount) as paid_least,
        count(lm.paid_amount) as paid_months
    from at_cohort as k
    inner join loan_months as lm
        on lm.loan_id = k.loan_id and lm.month_end > k.window_from and lm.month_end <= k.cohort
    group by k.cohort, k.loan_id
),
subjects as (
    select distinct k.cohort, k.customer_id, k.window_from, k.statements_until
    from at_cohort as k
),
housed as (
    select distinct s.cohort, s.customer_id
    from subjects as s
    inner join loans as l on l.customer_id = s.customer_id
    inner join products as p on p.product_id = l.product_id
    where p.product_type = 'mortgage'
        and l.disbursed_on <= s.cohort
        and (l.closed_on is null or l.closed_on > s.cohort)
),
consented as (
    select count(*) as consents
    from consents as c
),
bureau as (
    select
        s.cohort, s.customer_id, b.bureau_score, b.open_loans, b.lenders, b.total_balance,
        b.card_utilisation, b.max_dpd_24m, b.overdue_count_24m, b.queries_3m,
        row_number() over (
            partition by s.cohort, s.customer_id
            order by b.queried_at desc, b.bureau_report_id desc
        ) as newest
    from subjects as s
    inner join bureau_reports as b
        on b.customer_id = s.customer_id and b.queried_at < s.cohort + interval '1' day
    cross join consented as g
    left join consents as c
        on c.consent_id = b.consent_id
        and c.customer_id = b.customer_id
    where g.consents = 0
        or (
            c.granted_at <= b.queried_at
            and (c.withdrawn_at is null or c.withdrawn_at > b.queried_at)
            and (c.expires_at is null or c.expires_at > b.queried_at)
            and position(',' || b.query_reason || ':' || c.purpose || ',' in $purposes) > 0
        )
),
statements as (
    select
        s.cohort, s.customer_id, f.period_months, f.income, f.net_profit, f.operating_cash_flow,
        f.total_assets, f.current_assets, f.total_liabilities, f.current_liabilities,
        f.interest_expense, f.debt_service,
        row_number() over (
            partition by s.cohort, s.customer_id
            order by f.period_end desc, f.period_months desc, f.basis
        ) as newest
    from subjects as s
    inner join financials as f
        on f.customer_id = s.customer_id
        and (
            f.received_on <= s.cohort
            or (f.received_on is null and f.period_end <= s.statements_until)
        )
),
contacts as (
    select
        s.cohort,
        s.customer_id,
        count(*) as contacts,
        sum(case when i.topic = 'complaint' then 1 else 0 end) as complaints,
        sum(case when i.topic = 'collection' then 1 else 0 end) as collection_contacts
    from subjects as s
    inner join interactions as i
        on i.customer_id = s.customer_id
        and i.started_at >= s.window_from + interval '1' day
        and i.started_at < s.cohort + interval '1' day
    group by s.cohort, s.customer_id
),
recorded as (
    select
        max(case when i.customer_id is not null then 1 else 0 end) as any_contact
    from interactions as i
)
select
    k.cohort,
    k.loan_id,
    k.customer_id,
    c.customer_type,
    case
        when c.customer_type = 'corporate' then coalesce(c.size_class, 'not_covered')
        when c.customer_type = 'business_owner' then 'business_owner'
        when hd.customer_id is not null then 'mortgage'
        else 'consumer'
    end as segment,
    k.defaulted,
    p.product_type,
    k.main_security,
    k.repayment_method,
    k.rate_type,
    cast(k.dpd as double precision) as dpd_last,
    cast(b.dpd_max as double precision) as dpd_max,
    cast(b.months_late as double precision) as months_late,
    cast(b.months_late_60 as double precision) as months_late_60,
    k.source_status,
    k.five_class,
    case when k.restructured then 1.0 when not k.restructured then 0.0 end as restructured,
    cast(k.principal as double precision) as principal,
    cast(k.credit_limit as double precision) as credit_limit,
    cast(k.balance as double precision) / nullif(cast(k.principal as double precision), 0)
        as balance_share,
    cast(k.balance as double precision) / nullif(cast(k.credit_limit as double precision), 0)
        as utilisation_last,
    cast(b.balance_sum as double precision)
        / nullif(cast(k.credit_limit as double precision) * b.balance_months, 0)
        as utilisation_mean,
    cast(b.paid_sum as double precision) / nullif(cast(b.owed_sum as double precision), 0)
        as paid_ratio,
    cast(k.paid_amount as double precision) as paid_last,
    cast(b.paid_least as double precision) as paid_least,
    cast(b.paid_sum as double precision) / nullif(b.paid_months, 0) as paid_mean,
    k.rate,
    cast(k.spread_bp as double precision) as spread_bp,
    cast((extract(year from k.matures_on) - extract(year from k.disbursed_on)) * 12
        + extract(month from k.matures_on) - extract(month from k.disbursed_on)
        as double precision) as term_months,
    cast((extract(year from k.cohort) - extract(year from k.disbursed_on)) * 12
        + extract(month from k.cohort) - extract(month from k.disbursed_on)
        as double precision) as age_months,
    cast((extract(year from k.cohort) - extract(year from c.opened_on)) * 12
        + extract(month from k.cohort) - extract(month from c.opened_on)
        as double precision) as tenure_months,
    substring(c.industry_code from 1 for 1) as industry_section,
    c.ownership_type,
    c.education,
    c.occupation_class,
    c.housing_status,
    case when c.is_first_loan then 1.0 when not c.is_first_loan then 0.0 end as first_loan,
    cast(c.employees as double precision) as employees,
    cast(extract(year from k.cohort) - c.founded_year as double precision) as firm_age_years,
    cast(br.bureau_score as double precision) as bureau_score,
    cast(br.open_loans as double precision) as bureau_open_loans,
    cast(br.lenders as double precision) as bureau_lenders,
    cast(br.total_balance as double precision) as bureau_balance,
    br.card_utilisation as bureau_card_utilisation,
    cast(br.max_dpd_24m as double precision) as bureau_dpd_max,
    cast(br.overdue_count_24m as double precision) as bureau_overdue_count,
    cast(br.queries_3m as double precision) as bureau_queries,
    cast(st.income as double precision) * 12 / st.period_months as income_annual,
    cast(st.total_liabilities as double precision)
        / nullif(cast(st.total_assets as double precision), 0) as leverage,
    cast(st.current_assets as double precision)
        / nullif(cast(st.current_liabilities as double precision), 0) as current_ratio,
    cast(st.net_profit as double precision) / nullif(cast(st.income as double precision), 0)
        as profit_margin,
    cast(st.operating_cash_flow as double precision)
        / nullif(cast(st.total_liabilities as double precision), 0) as cash_flow_to_debt,
    cast(st.debt_service as double precision) * st.period_months
        / nullif(cast(st.income as double precision), 0) as debt_service_to_income,
    case when r.any_contact = 1 then cast(coalesce(ct.contacts, 0) as double precision) end
        as contacts,
    case when r.any_contact = 1 then cast(coalesce(ct.complaints, 0) as double precision) end
        as complaints,
    case when r.any_contact = 1 then cast(coalesce(ct.collection_contacts, 0) as double precision)
    end as collection_contacts
from at_cohort as k
cross join recorded as r
left join customers as c on c.customer_id = k.customer_id
left join products as p on p.product_id = k.product_id
left join behaviour as b on b.cohort = k.cohort and b.loan_id = k.loan_id
left join housed as hd on hd.cohort = k.cohort and hd.customer_id = k.customer_id
left join bureau as br
    on br.cohort = k.cohort and br.customer_id = k.customer_id and br.newest = 1
left join statements as st
    on st.cohort = k.cohort and st.customer_id = k.customer_id and st.newest = 1
left join contacts as ct on ct.cohort = k.cohort and ct.customer_id = k.customer_id
order by k.cohort, k.loan_id
