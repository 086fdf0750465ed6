-- What third-party items said of borrowers on the day of a cohort: one row per cohort, customer and item, ordered.
-- Cohorts are quarter ends whose outcome over $horizon months is known at $as_of; each item is judged once, at the end
-- of the quarter in which it was received. A case is a customer with a loan that performs that day; `pd` is the newest
-- rating by then. Items without a live consent to them ($purposes) are left out, all of them where no consents were taken in; of several
-- the newest counts. Amounts stand over the yearly income of the
-- newest statement known by then, insured staff over staff declared: else they would tell how large a customer is.
with months as (
    select distinct m.month_end
    from loan_months as m
),
cohorts as (
    select m.month_end as cohort
    from months as m
    where extract(month from m.month_end) in (3, 6, 9, 12)
        and m.month_end + interval '1' day
            <= cast($as_of as date) + interval '1' day
                - cast($horizon as integer) * interval '1' month
),
performing as (
    select c.cohort, l.loan_id, l.customer_id
    from cohorts as c
    inner join loan_months as m on m.month_end = c.cohort
    inner join loans as l on l.loan_id = m.loan_id
    where (l.closed_on is null or l.closed_on > c.cohort)
        and m.balance > 0
        and m.dpd <= cast($overdue_days as integer)
        and coalesce(m.five_class, 'normal') not in ('substandard', 'doubtful', 'loss')
),
failed as (
    select distinct p.cohort, p.customer_id
    from performing as p
    inner join loan_months as m on m.loan_id = p.loan_id
    where m.month_end > p.cohort
        and m.month_end + interval '1' day
            <= p.cohort + interval '1' day + cast($horizon as integer) * interval '1' month
        and (
            m.dpd > cast($overdue_days as integer)
            or m.five_class in ('substandard', 'doubtful', 'loss')
        )
),
borrowers as (
    select distinct p.cohort, p.customer_id from performing as p
),
items as (
    select
        b.cohort, b.customer_id, t.provider, t.item_code, t.value,
        row_number() over (
            partition by b.cohort, b.customer_id, t.provider, t.item_code
            order by t.received_at desc, t.item_id desc
        ) as newest
    from borrowers as b
    inner join third_party_items as t
        on t.customer_id = b.customer_id
        and t.received_at < b.cohort
        and t.received_at >= b.cohort + interval '1' day - interval '3' month
    inner join consents as k on k.consent_id = t.consent_id and k.customer_id = t.customer_id
    where k.granted_at <= t.received_at
        and (k.withdrawn_at is null or k.withdrawn_at > t.received_at)
        and (k.expires_at is null or k.expires_at > t.received_at)
        and position(',item:' || k.purpose || ',' in $purposes) > 0
),
asked as (
    select distinct i.cohort, i.customer_id from items as i
),
rated as (
    select
        b.cohort, b.customer_id, r.pd_12m as pd,
        row_number() over (
            partition by b.cohort, b.customer_id
            order by r.assessed_on desc, r.assessment_id desc
        ) as newest
    from asked as b
    inner join risk_assessments as r
        on r.customer_id = b.customer_id and r.assessed_on <= b.cohort
),
stated as (
    select
        b.cohort, b.customer_id,
        cast(f.income as double precision) * 12 / f.period_months as income,
        row_number() over (
            partition by b.cohort, b.customer_id
            order by f.period_end desc, f.period_months desc, f.basis
        ) as newest
    from asked as b
    inner join financials as f
        on f.customer_id = b.customer_id and coalesce(f.received_on, f.period_end) <= b.cohort
    where f.income > 0
)
select
    i.cohort,
    i.customer_id,
    i.provider,
    i.item_code,
    case
        when i.item_code in ('fraud_score', 'telco_tenure', 'other') then i.value
        when i.item_code = 'social_security_heads'
            then ln(greatest(i.value, 1) / nullif(c.employees, 0))
        else ln(greatest(i.value, 1) / s.income)
    end as measure,
    r.pd,
    case when f.customer_id is null then 0 else 1 end as defaulted
from items as i
inner join rated as r
    on r.cohort = i.cohort and r.customer_id = i.customer_id and r.newest = 1
inner join customers as c on c.customer_id = i.customer_id
left join stated as s on s.cohort = i.cohort and s.customer_id = i.customer_id and s.newest = 1
left join failed as f on f.cohort = i.cohort and f.customer_id = i.customer_id
where i.newest = 1
order by i.cohort, i.customer_id, i.provider, i.item_code
