-- What became of the loans of each five-tier class between the month ends $from and $to, by class now: gone is a loan
-- without a balance at $to. kept is the part of the opening balance that is still there (the smaller of both balances),
-- lost what was written off of the rest: as in the KPIs MIG_NORMAL, MIG_SM, MIG_SUB and MIG_DOUBT, whose rates these are.
-- largest and second: what the two customers that owed most in the class at $from owed then, for disclosure control.
with
written_off as (
    select w.loan_id, sum(w.written_off_amount) as amount
    from loan_months as w
    where w.month_end > cast($from as date) and w.month_end <= cast($to as date)
        and w.written_off_amount > 0
    group by w.loan_id
),
moves as (
    select
        l.customer_id,
        o.five_class as class_before,
        case when c.loan_id is null or c.balance <= 0 then 'gone' else c.five_class end as class_now,
        o.balance as opening,
        case when c.loan_id is null then 0 else least(c.balance, o.balance) end as kept,
        coalesce(w.amount, 0) as written_off
    from loan_months as o
    inner join loans as l on l.loan_id = o.loan_id
    left join loan_months as c on c.loan_id = o.loan_id and c.month_end = cast($to as date)
    left join written_off as w on w.loan_id = o.loan_id
    where o.month_end = cast($from as date) and o.balance > 0 and o.five_class is not null
),
owed as (
    select m.class_before, m.customer_id, sum(m.opening) as amount
    from moves as m
    group by m.class_before, m.customer_id
),
ranked as (
    select
        o.class_before,
        o.amount,
        row_number() over (partition by o.class_before order by o.amount desc, o.customer_id) as place
    from owed as o
),
tops as (
    select
        r.class_before,
        max(case when r.place = 1 then r.amount end) as largest,
        max(case when r.place = 2 then r.amount else 0 end) as second
    from ranked as r
    group by r.class_before
)
select
    m.class_before,
    m.class_now,
    count(*) as loans,
    cast(sum(m.opening) as double precision) as opening,
    cast(sum(m.kept) as double precision) as kept,
    cast(sum(least(m.written_off, m.opening - m.kept)) as double precision) as lost,
    cast(max(t.largest) as double precision) as largest,
    cast(max(t.second) as double precision) as second
from moves as m
inner join tops as t on t.class_before = m.class_before
group by m.class_before, m.class_now
order by m.class_before, m.class_now
