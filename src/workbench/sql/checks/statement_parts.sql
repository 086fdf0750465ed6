-- 7 A part of a statement is not more than the whole; income of a person is more than nothing.
with parts as (
    select
        f.customer_id || ' ' || cast(f.period_end as varchar) || ' ' || f.basis as row_key,
        f.current_assets, f.total_assets, f.current_liabilities, f.total_liabilities, f.income,
        c.customer_type
    from financials as f
    inner join customers as c on c.customer_id = f.customer_id
)
select
    'financials' as table_name, row_key,
    cast(current_assets as varchar) as found, cast(total_assets as varchar) as expected
from parts
where current_assets > total_assets
union all
select
    'financials' as table_name, row_key,
    cast(current_liabilities as varchar) as found, cast(total_liabilities as varchar) as expected
from parts
where current_liabilities > total_liabilities
union all
select 'financials' as table_name, row_key, cast(income as varchar) as found, '> 0' as expected
from parts
where customer_type = 'individual' and income <= 0
order by row_key, found
