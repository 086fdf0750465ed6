-- BORROWERS 贷款户数: customers who owe something at $to, each once whatever the number of loans.
select
    cast(count(distinct l.customer_id) as double precision) as value,
    cast(count(distinct l.customer_id) as double precision) as numerator,
    cast(null as double precision) as denominator,
    count(*) as base
from loan_months as m
inner join loans as l on l.loan_id = m.loan_id
where m.month_end = cast($to as date) and m.balance > 0
