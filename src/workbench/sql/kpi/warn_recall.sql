-- WARN_RECALL 违约前被预警比例: of loans first more than $overdue_days past due in the window, those whose
-- customer was warned about in the twelve months before. Older warnings say nothing of this default. The day
-- of default lies before the month end that shows it: a warning in between came too late.
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
sums as (
    select count(w.loan_id) as part, count(*) as whole
    from defaults as d
    left join warned as w on w.loan_id = d.loan_id
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
