-- One row per application that was decided long enough ago, with what the bank knew when it decided.
-- outcome: 1 or 0 where a loan followed and its $horizon months are over, missing where none did. What the bank knew is read by the day of
-- the decision: bureau reports queried by then under a live consent, statements received by then, the tape of months ended before.
with
decided as (
    select
        a.application_id, a.customer_id, a.product_id, a.channel, a.purpose, a.decision,
        a.requested_amount, a.requested_term_m, a.applied_at,
        cast(coalesce(a.decided_at, a.applied_at) as date) as decided_on
    from applications as a
    where a.decision in ('approved', 'approved_reduced', 'declined')
        and cast(cast(coalesce(a.decided_at, a.applied_at) as date)
            + cast($horizon as integer) * interval '1' month as date) <= cast($as_of as date)
),
granted as (
    select
        d.application_id,
        min(l.loan_id) as loan_id,
        min(l.disbursed_on) as disbursed_on
    from decided as d
    inner join loans as l on l.application_id = d.application_id
    where d.decision <> 'declined'
    group by d.application_id
),
followed as (
    select
        g.application_id,
        max(case
            when cast(g.disbursed_on + cast($horizon as integer) * interval '1' month as date)
                <= cast($as_of as date) then 1
            else 0
        end) as is_known,
        max(case
            when lm.month_end <= cast(
                    g.disbursed_on + cast($horizon as integer) * interval '1' month as date
                )
                and (
                    lm.dpd > cast($overdue_days as integer)
                    or lm.five_class in ('substandard', 'doubtful', 'loss')
                ) then 1
            when l.close_type = 'written_off' and l.closed_on <= cast(
                    g.disbursed_on + cast($horizon as integer) * interval '1' month as date
                ) then 1
            else 0
        end) as defaulted
    from granted as g
    inner join loans as l on l.loan_id = g.loan_id
    left join loan_months as lm on lm.loan_id = g.loan_id
    group by g.application_id
),
consented as (
    select count(*) as consents
    from consents as c
),
bureau as (
    select
        d.application_id, b.bureau_score, b.open_loans, b.lenders, b.card_utilisation,
        b.max_dpd_24m, b.overdue_count_24m, b.queries_3m,
        row_number() over (
            partition by d.application_id
            order by b.queried_at desc, b.bureau_report_id desc
        ) as newest
    from decided as d
    inner join bureau_reports as b
        on b.customer_id = d.customer_id and b.queried_at < d.decided_on + interval '1' day
    cross join consented as g
    left join consents as c
        on c.consent_id = b.consent_id and c.customer_id = b.customer_id
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
        d.application_id, f.period_months, f.income, f.total_assets, f.total_liabilities,
        f.debt_service,
        row_number() over (
            partition by d.application_id
            order by f.period_end desc, f.period_months desc, f.basis
        ) as newest
    from decided as d
    inner join financials as f
        on f.customer_id = d.customer_id
        and (
            f.received_on <= d.decided_on
            or (
                f.received_on is null
                and f.period_end <= cast(d.decided_on
                    - cast($financials_lag as integer) * interval '1' month as date)
            )
        )
),
own_tape as (
    select d.application_id, max(lm.dpd) as dpd_own
    from decided as d
    inner join loans as l on l.customer_id = d.customer_id
    inner join loan_months as lm
        on lm.loan_id = l.loan_id
        and lm.month_end < d.decided_on
        and lm.month_end >= cast(d.decided_on - interval '12' month as date)
    group by d.application_id
)
select
    d.application_id,
    d.customer_id,
    d.decided_on,
    case when d.decision = 'declined' then 1 else 0 end as declined,
    case when f.is_known = 1 then f.defaulted end as outcome,
    c.customer_type,
    p.product_type,
    d.purpose,
    d.channel,
    cast(d.requested_amount as double precision) as requested_amount,
    cast(d.requested_term_m as double precision) as requested_term,
    cast((extract(year from d.decided_on) - extract(year from c.opened_on)) * 12
        + extract(month from d.decided_on) - extract(month from c.opened_on)
        as double precision) as tenure_months,
    cast(b.bureau_score as double precision) as bureau_score,
    cast(b.open_loans as double precision) as bureau_open_loans,
    cast(b.lenders as double precision) as bureau_lenders,
    b.card_utilisation as bureau_card_utilisation,
    cast(b.max_dpd_24m as double precision) as bureau_dpd_max,
    cast(b.overdue_count_24m as double precision) as bureau_overdue_count,
    cast(b.queries_3m as double precision) as bureau_queries,
    cast(s.income as double precision) * 12 / s.period_months as income_annual,
    cast(s.total_liabilities as double precision)
        / nullif(cast(s.total_assets as double precision), 0) as leverage,
    cast(s.debt_service as double precision) * s.period_months
        / nullif(cast(s.income as double precision), 0) as debt_service_to_income,
    cast(t.dpd_own as double precision) as dpd_own
from decided as d
left join customers as c on c.customer_id = d.customer_id
left join products as p on p.product_id = d.product_id
left join followed as f on f.application_id = d.application_id
left join bureau as b on b.application_id = d.application_id and b.newest = 1
left join statements as s on s.application_id = d.application_id and s.newest = 1
left join own_tape as t on t.application_id = d.application_id
order by d.decided_on, d.application_id
