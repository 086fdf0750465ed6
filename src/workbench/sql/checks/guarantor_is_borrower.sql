-- 16 Nobody guarantees their own loan.
select
    'guarantees' as table_name, g.guarantee_id as row_key, g.guarantor_id as found,
    'not the borrower of ' || g.loan_id as expected
from guarantees as g
inner join loans as l on l.loan_id = g.loan_id
where g.guarantor_id = l.customer_id
order by g.guarantee_id
