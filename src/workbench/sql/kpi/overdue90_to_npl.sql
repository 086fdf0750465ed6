-- OVERDUE90_TO_NPL 逾期90天以上与不良之比: above 1, loans are classified better than their arrears allow.
-- The name of the KPI says the days: more than 90, not at least.
with sums as (
    select
        sum(case when m.dpd > 90 then m.balance else 0 end) as part,
        sum(case when m.five_class in ('substandard', 'doubtful', 'loss') then m.balance else 0 end)
            as whole,
        count(*) as base
    from loan_months as m
    where m.month_end = cast($to as date)
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.base
from sums as s
