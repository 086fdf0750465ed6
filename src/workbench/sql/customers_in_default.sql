-- Customers with a loan in default at $as_of: live then, more than $overdue_days days past due or classified
-- non-performing. One row per customer, ordered.
select distinct l.customer_id
from loan_months as m
inner join loans as l on l.loan_id = m.loan_id
where m.month_end = cast($as_of as date)
    and (l.closed_on is null or l.closed_on > m.month_end)
    and m.balance > 0
    and (
        m.dpd > cast($overdue_days as integer)
        or m.five_class in ('substandard', 'doubtful', 'loss')
    )
order by l.customer_id
