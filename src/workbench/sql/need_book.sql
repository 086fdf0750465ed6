-- One row per firm with a loan at $as_of or a year before: what it owed then and now, and whether it performed then and
-- defaulted since (overdue for more than $overdue_days days, classified non-performing, or written off).
with
day as (
    select
        cast($as_of as date) as today,
        cast(cast($as_of as date) + interval '1' day - interval '12' month - interval '1' day
            as date) as before
),
rows as (
    select
        l.customer_id,
        m.month_end,
        sum(cast(m.balance as double precision)) as balance,
        max(case
            when m.dpd > cast($overdue_days as integer) then 1
            when m.five_class in ('substandard', 'doubtful', 'loss') then 1
            when m.written_off_amount > 0 then 1
            else 0
        end) as bad
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    inner join customers as c on c.customer_id = l.customer_id
    cross join day as d
    where c.customer_type = 'corporate' and m.month_end >= d.before and m.month_end <= d.today
    group by l.customer_id, m.month_end
)
select
    r.customer_id,
    substr(c.industry_code, 1, 1) as section,
    coalesce(c.size_class, 'not_covered') as segment,
    c.region_code as region,
    sum(case when r.month_end = d.today then r.balance else 0 end) as balance,
    sum(case when r.month_end = d.before then r.balance else 0 end) as balance_before,
    max(case when r.month_end = d.before and r.balance > 0 and r.bad = 0 then 1 else 0 end)
        as performed,
    max(case when r.month_end > d.before then r.bad else 0 end) as defaulted
from rows as r
inner join customers as c on c.customer_id = r.customer_id
cross join day as d
group by r.customer_id, c.industry_code, c.size_class, c.region_code
order by r.customer_id
