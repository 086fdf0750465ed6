-- REVIEW_OVERDUE 风险评估超期未更新率: of borrowers at $to who have been assessed, those whose last assessment
-- should have been renewed before that day.
with
assessed as (
    select a.customer_id, a.next_review_on,
        row_number() over (
            partition by a.customer_id order by a.assessed_on desc, a.assessment_id desc
        ) as place
    from risk_assessments as a
    where a.assessed_on <= cast($to as date)
),
borrowers as (
    select distinct l.customer_id
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    where m.month_end = cast($to as date) and m.balance > 0
),
sums as (
    select
        sum(case when a.next_review_on < cast($to as date) then 1 else 0 end) as part,
        count(*) as whole
    from borrowers as b
    inner join assessed as a on a.customer_id = b.customer_id and a.place = 1
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
