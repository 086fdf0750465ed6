-- EXPECTED_LOSS 预期损失: balance × PD × LGD of loans not in default, by the last assessment up to $to.
-- Without an LGD of its own an assessment takes $lgd. Loans of customers without an assessment add nothing:
-- UNRATED_BALANCE says how much that is.
with
assessed as (
    select a.customer_id, a.pd_12m, coalesce(a.lgd, cast($lgd as double precision)) as lgd,
        row_number() over (
            partition by a.customer_id order by a.assessed_on desc, a.assessment_id desc
        ) as place
    from risk_assessments as a
    where a.assessed_on <= cast($to as date)
),
sums as (
    select
        sum(cast(m.balance as double precision) * a.pd_12m * a.lgd) as loss,
        count(*) as base
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    inner join assessed as a on a.customer_id = l.customer_id and a.place = 1
    where m.month_end = cast($to as date)
        and m.balance > 0
        and m.dpd <= cast($overdue_days as integer)
)
select
    s.loss as value,
    s.loss as numerator,
    cast(null as double precision) as denominator,
    s.base
from sums as s
