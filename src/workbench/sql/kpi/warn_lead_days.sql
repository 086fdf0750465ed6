-- WARN_LEAD_DAYS 预警提前天数: median days from the first warning in the twelve months before default to the
-- default, of the loans that WARN_RECALL counts as warned about.
with
first_late as (
    select m.loan_id, min(m.month_end) as month_end
    from loan_months as m
    where m.dpd > cast($overdue_days as integer)
    group by m.loan_id
),
defaults as (
    select l.loan_id, l.customer_id,
        f.month_end - (m.dpd - cast($overdue_days as integer) - 1) as day
    from first_late as f
    inner join loan_months as m on m.loan_id = f.loan_id and m.month_end = f.month_end
    inner join loans as l on l.loan_id = f.loan_id
    where f.month_end > cast($from as date) and f.month_end <= cast($to as date)
),
warned as (
    select d.loan_id, min(w.raised_at) as raised_at
    from defaults as d
    inner join warnings as w on w.customer_id = d.customer_id
    where w.raised_at < d.day and w.raised_at >= d.day - interval '12' month
    group by d.loan_id
),
leads as (
    select d.day - cast(w.raised_at as date) as days
    from defaults as d
    inner join warned as w on w.loan_id = d.loan_id
)
select
    cast(percentile_cont(0.5) within group (order by cast(x.days as double precision))
        as double precision) as value,
    cast(null as double precision) as numerator,
    cast(null as double precision) as denominator,
    count(*) as base
from leads as x
