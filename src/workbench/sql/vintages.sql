-- Loans by half-year of disbursement and by the month on the books in which they first went bad: overdue for more than
-- $overdue_days days, classified non-performing, or written off at a month end up to $to. bad_month counts calendar
-- months from that of the disbursement; missing for loans that never went bad. cohort is the first day of the half-year;
-- only half-years that began no earlier than the ledger, so that no loan is missing because it had ended before.
with
began as (
    select min(m.month_end) as first_end
    from loan_months as m
),
lent as (
    select
        l.loan_id,
        l.disbursed_on,
        cast(extract(year from l.disbursed_on) as integer) as year,
        case when extract(month from l.disbursed_on) <= 6 then 1 else 7 end as month
    from loans as l
    where l.disbursed_on <= cast($to as date)
),
bad as (
    select m.loan_id, min(m.month_end) as month_end
    from loan_months as m
    where m.month_end <= cast($to as date)
        and (
            m.dpd > cast($overdue_days as integer)
            or m.five_class in ('substandard', 'doubtful', 'loss')
            or m.written_off_amount > 0
        )
    group by m.loan_id
),
placed as (
    select
        l.year,
        l.month,
        cast(
            (extract(year from b.month_end) - extract(year from l.disbursed_on)) * 12
            + extract(month from b.month_end) - extract(month from l.disbursed_on) as integer
        ) as bad_month
    from lent as l
    cross join began as s
    left join bad as b on b.loan_id = l.loan_id
    where l.year * 12 + l.month
        >= extract(year from s.first_end) * 12 + extract(month from s.first_end)
)
select p.year, p.month, p.bad_month, count(*) as loans
from placed as p
group by p.year, p.month, p.bad_month
order by p.year, p.month, p.bad_month
