-- What firms owed the bank at each month end up to $as_of, and how many: the part of the loan book that the market
-- series of loans of all banks is about.
select
    m.month_end,
    count(distinct l.customer_id) as firms,
    cast(sum(m.balance) as double precision) as balance
from loan_months as m
inner join loans as l on l.loan_id = m.loan_id
inner join customers as c on c.customer_id = l.customer_id
where c.customer_type = 'corporate' and m.balance > 0 and m.month_end <= cast($as_of as date)
group by m.month_end
order by m.month_end
