-- MIG_SM 关注类贷款迁徙率: special-mention loans that are now non-performing.
-- Of the balance at $from that is still there at $to, the share that moved; what was collected, sold or
-- written off in between counts in neither. `value_adjusted` adds what was written off to both sides.
-- A loan without a closing row counts nothing: least(null, x) would be x and leave it in the denominator.
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
        o.loan_id,
        c.five_class as closing_class,
        case when c.loan_id is null then 0 else least(c.balance, o.balance) end as balance,
        o.balance as opening,
        coalesce(w.amount, 0) as written_off
    from loan_months as o
    left join loan_months as c on c.loan_id = o.loan_id and c.month_end = cast($to as date)
    left join written_off as w on w.loan_id = o.loan_id
    where o.month_end = cast($from as date)
        and o.balance > 0
        and o.five_class = 'special_mention'
),
sums as (
    select
        sum(case when m.closing_class in ('substandard', 'doubtful', 'loss')
            then m.balance else 0 end) as moved,
        sum(m.balance) as stayed,
        sum(least(m.written_off, m.opening - m.balance)) as written_off,
        count(*) as base
    from moves as m
)
select
    cast(s.moved as double precision) / nullif(cast(s.stayed as double precision), 0) as value,
    cast(s.moved as double precision) as numerator,
    cast(s.stayed as double precision) as denominator,
    cast(s.moved + s.written_off as double precision)
        / nullif(cast(s.stayed + s.written_off as double precision), 0) as value_adjusted,
    s.base
from sums as s
