-- BAL_PER_BORROWER 户均余额: balance at $to for each customer who owes something.
select
    cast(sum(m.balance) as double precision)
        / nullif(cast(count(distinct l.customer_id) as double precision), 0) as value,
    cast(sum(m.balance) as double precision) as numerator,
    cast(count(distinct l.customer_id) as double precision) as denominator,
    count(distinct l.customer_id) as base
from loan_months as m
inner join loans as l on l.loan_id = m.loan_id
where m.month_end = cast($to as date) and m.balance > 0
