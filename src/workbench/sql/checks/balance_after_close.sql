-- 6 No balance is left after a loan was closed; recoveries after write-off are kept.
select
    'loan_months' as table_name, m.loan_id || ' ' || cast(m.month_end as varchar) as row_key,
    cast(m.balance as varchar) as found, 'closed on ' || cast(l.closed_on as varchar) as expected
from loan_months as m
inner join loans as l on l.loan_id = m.loan_id
where m.month_end >= cast($since as date) and m.month_end > l.closed_on and m.balance > 0
order by m.loan_id, m.month_end
