-- Assessments up to $as_of with the branch and segment of the customer, and whether a loan of his or hers fell into
-- default within $horizon months: one row per assessment, ordered. `outcome_known` is 1 where the horizon has passed;
-- `defaulted` is missing where it has not, or no loan performed on the day of the assessment.
with performing as (
    select distinct a.assessment_id
    from risk_assessments as a
    inner join loans as l on l.customer_id = a.customer_id
    inner join loan_months as m on m.loan_id = l.loan_id and m.month_end = a.assessed_on
    where a.assessed_on <= cast($as_of as date)
        and m.balance > 0
        and m.dpd <= cast($overdue_days as integer)
        and coalesce(m.five_class, 'normal') not in ('substandard', 'doubtful', 'loss')
),
failed as (
    select distinct a.assessment_id
    from risk_assessments as a
    inner join loans as l on l.customer_id = a.customer_id
    inner join loan_months as m on m.loan_id = l.loan_id
    where a.assessed_on <= cast($as_of as date)
        and m.month_end > a.assessed_on
        and m.month_end + interval '1' day
            <= a.assessed_on + interval '1' day + cast($horizon as integer) * interval '1' month
        and (
            m.dpd > cast($overdue_days as integer)
            or m.five_class in ('substandard', 'doubtful', 'loss')
            or m.written_off_amount > 0
        )
),
live as (
    select distinct l.customer_id
    from loans as l
    where l.disbursed_on <= cast($as_of as date)
        and (l.closed_on is null or l.closed_on > cast($as_of as date))
)
select
    a.assessment_id,
    a.customer_id,
    c.branch_id,
    b.branch_name,
    a.assessed_on,
    a.model_id,
    a.model_version,
    a.pd_12m,
    a.risk_grade,
    a.override_grade,
    a.next_review_on,
    case when v.customer_id is not null then 1 else 0 end as borrows,
    case
        when a.assessed_on + interval '1' day
            + cast($horizon as integer) * interval '1' month
            <= cast($as_of as date) + interval '1' day then 1
        else 0
    end as outcome_known,
    case
        when a.assessed_on + interval '1' day
            + cast($horizon as integer) * interval '1' month
            > cast($as_of as date) + interval '1' day then null
        when p.assessment_id is null then null
        when f.assessment_id is not null then 1
        else 0
    end as defaulted
from risk_assessments as a
left join customers as c on c.customer_id = a.customer_id
left join branches as b on b.branch_id = c.branch_id
left join performing as p on p.assessment_id = a.assessment_id
left join failed as f on f.assessment_id = a.assessment_id
left join live as v on v.customer_id = a.customer_id
where a.assessed_on <= cast($as_of as date)
order by a.assessment_id
