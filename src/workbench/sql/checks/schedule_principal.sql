-- 1 The principal due over all instalments is what was lent.
select
    'repayment_schedule' as table_name, l.loan_id as row_key,
    cast(sum(s.due_principal) as varchar) as found, cast(max(l.principal) as varchar) as expected
from loans as l
inner join repayment_schedule as s on s.loan_id = l.loan_id
left join facilities as f on f.facility_id = l.facility_id
where coalesce(f.revolving, false) = false
group by l.loan_id
having abs(sum(s.due_principal) - max(l.principal)) > 0.01
order by l.loan_id
