-- How many loans moved from which state to which over each month.
-- The state is the number of months late by days past due: 0, 1 (1-30 days), 2, 3, and 4 for more than 90 days.
with
states as (
    select
        lm.loan_id,
        lm.month_end,
        cast(lm.month_end + interval '1' day + interval '1' month - interval '1' day as date)
            as next_month,
        case
            when lm.dpd <= 0 then 0
            when lm.dpd <= 30 then 1
            when lm.dpd <= 60 then 2
            when lm.dpd <= 90 then 3
            else 4
        end as state
    from loan_months as lm
    where lm.month_end <= cast($as_of as date) and lm.dpd is not null
)
select
    a.month_end as month_from,
    b.month_end as month_to,
    a.state as state_from,
    b.state as state_to,
    count(*) as loans
from states as a
inner join states as b on b.loan_id = a.loan_id and b.month_end = a.next_month
group by a.month_end, b.month_end, a.state, b.state
order by a.month_end, b.month_end, a.state, b.state
