-- 2 A balance is the one of the month before, less principal paid and written off, plus what was drawn.
-- Revolving contracts are drawn on at will and stay out; so does the month in which a loan closes.
with steps as (
    select
        m.loan_id, m.month_end, m.balance, m.written_off_amount,
        lag(m.balance) over (partition by m.loan_id order by m.month_end) as balance_before,
        lag(m.month_end) over (partition by m.loan_id order by m.month_end) as month_before
    from loan_months as m
    inner join (select distinct r.loan_id from repayment_schedule as r) as r
        on r.loan_id = m.loan_id
    where m.month_end >= cast($since as date) - interval '31' day
),
paid as (
    select
        s.loan_id,
        cast(date_trunc('month', s.paid_on) + interval '1' month - interval '1' day as date)
            as month_end,
        sum(s.paid_principal) as principal
    from repayment_schedule as s
    where s.paid_on >= cast($since as date) - interval '31' day
    group by 1, 2
)
select
    'loan_months' as table_name, s.loan_id || ' ' || cast(s.month_end as varchar) as row_key,
    cast(s.balance as varchar) as found,
    cast(s.balance_before - coalesce(p.principal, 0) - coalesce(s.written_off_amount, 0) as varchar)
        as expected
from steps as s
inner join loans as l on l.loan_id = s.loan_id
left join facilities as f on f.facility_id = l.facility_id
left join paid as p on p.loan_id = s.loan_id and p.month_end = s.month_end
where s.month_end >= cast($since as date)
    and s.month_before >= s.month_end - interval '31' day
    and coalesce(f.revolving, false) = false
    and (l.closed_on is null or l.closed_on > s.month_end)
    and abs(
        s.balance - s.balance_before + coalesce(p.principal, 0) + coalesce(s.written_off_amount, 0)
    ) > 0.01
order by s.loan_id, s.month_end
