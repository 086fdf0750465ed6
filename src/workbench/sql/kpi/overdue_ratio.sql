-- OVERDUE_RATIO 逾期率: the whole balance of loans that are past due, not only what is in arrears.
with sums as (
    select
        sum(case when m.dpd > 0 then m.balance else 0 end) as part,
        sum(m.balance) as whole,
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
