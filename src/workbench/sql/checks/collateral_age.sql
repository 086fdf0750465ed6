-- 15 Collateral of a live loan was appraised within twelve months.
select
    'collaterals' as table_name, c.collateral_id as row_key, cast(c.appraised_on as varchar) as found,
    '>= ' || cast(cast(cast($as_of as date) - interval '12' month as date) as varchar) as expected
from collaterals as c
inner join loans as l on l.loan_id = c.loan_id
where c.appraised_on < cast($as_of as date) - interval '12' month
    and (l.closed_on is null or l.closed_on > cast($as_of as date))
order by c.collateral_id
