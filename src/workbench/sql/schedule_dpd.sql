-- Days past due at every month end in $since..$as_of, recomputed from the repayment schedule.
-- The oldest instalment that was due before the month end and not settled in full by then decides; a
-- part payment does not stop the clock. Instalments that owe nothing are passed over. So are those paid
-- in full without a day of settlement, since nobody can tell since when: `undated` counts them.
-- A loan without a schedule has no days past due here, rather than none.
with
instalments as (
    select
        s.loan_id,
        s.due_on,
        s.paid_on,
        s.paid_principal + s.paid_interest as paid,
        case
            when s.paid_on is null
                and s.paid_principal >= s.due_principal and s.paid_interest >= s.due_interest
                then 1
            else 0
        end as undated
    from repayment_schedule as s
    where s.due_principal + s.due_interest > 0
),
months as (
    select lm.loan_id, lm.month_end
    from loan_months as lm
    where lm.month_end >= cast($since as date) and lm.month_end <= cast($as_of as date)
),
late as (
    select i.loan_id, i.due_on, i.paid_on, i.paid
    from instalments as i
    where i.undated = 0 and (i.paid_on is null or i.paid_on > i.due_on)
),
arrears as (
    select
        m.loan_id,
        m.month_end,
        min(l.due_on) as oldest_due_on,
        count(*) as unpaid,
        sum(case when l.paid > 0 then 1 else 0 end) as partly_paid
    from months as m
    inner join late as l on l.loan_id = m.loan_id
    where l.due_on < m.month_end and (l.paid_on is null or l.paid_on > m.month_end)
    group by m.loan_id, m.month_end
),
scheduled as (
    select i.loan_id, sum(i.undated) as undated
    from instalments as i
    group by i.loan_id
)
select
    m.loan_id,
    m.month_end,
    case
        when s.loan_id is null then null
        when a.oldest_due_on is null then 0
        else m.month_end - a.oldest_due_on
    end as dpd,
    a.oldest_due_on,
    case when s.loan_id is not null then coalesce(a.unpaid, 0) end as unpaid,
    case when s.loan_id is not null then coalesce(a.partly_paid, 0) end as partly_paid,
    s.undated
from months as m
left join scheduled as s on s.loan_id = m.loan_id
left join arrears as a on a.loan_id = m.loan_id and a.month_end = m.month_end
order by m.loan_id, m.month_end
