-- LOAN_BAL 贷款余额: principal that is owed at the end of $to.
select
    cast(sum(m.balance) as double precision) as value,
    cast(sum(m.balance) as double precision) as numerator,
    cast(null as double precision) as denominator,
    count(*) as base
from loan_months as m
where m.month_end = cast($to as date)
