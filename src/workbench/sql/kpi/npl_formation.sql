-- NPL_FORMATION 不良生成率: growth of the non-performing balance, and what left it by write-off or sale.
-- A loan that was sold counts with its last balance when that was non-performing, without what was written
-- off of it after that month. The last balance may lie at $from itself; the sale lies in the window.
with
opening as (
    select
        sum(case when m.five_class in ('substandard', 'doubtful', 'loss') then m.balance else 0 end)
            as npl,
        sum(m.balance) as balance,
        count(*) as loans
    from loan_months as m
    where m.month_end = cast($from as date)
),
closing as (
    select
        sum(case when m.five_class in ('substandard', 'doubtful', 'loss') then m.balance else 0 end)
            as npl,
        count(*) as loans
    from loan_months as m
    where m.month_end = cast($to as date)
),
written_off as (
    select sum(m.written_off_amount) as amount
    from loan_months as m
    where m.month_end > cast($from as date) and m.month_end <= cast($to as date)
),
sold as (
    select l.loan_id, max(m.month_end) as last_owed
    from loans as l
    inner join loan_months as m on m.loan_id = l.loan_id
    where l.close_type = 'transferred'
        and l.closed_on > cast($from as date)
        and l.closed_on <= cast($to as date)
        and m.month_end < l.closed_on
        and m.balance > 0
    group by l.loan_id
),
lost as (
    select s.loan_id, sum(m.written_off_amount) as amount
    from sold as s
    inner join loan_months as m on m.loan_id = s.loan_id and m.month_end > s.last_owed
    where m.month_end <= cast($to as date)
    group by s.loan_id
),
sales as (
    select sum(m.balance - coalesce(x.amount, 0)) as amount
    from sold as s
    inner join loan_months as m on m.loan_id = s.loan_id and m.month_end = s.last_owed
    left join lost as x on x.loan_id = s.loan_id
    where m.five_class in ('substandard', 'doubtful', 'loss')
),
formed as (
    select
        c.npl - o.npl + coalesce(w.amount, 0) + coalesce(s.amount, 0) as npl,
        o.balance,
        case when c.loans > 0 then o.loans else 0 end as base
    from opening as o
    cross join closing as c
    cross join written_off as w
    cross join sales as s
)
select
    cast(f.npl as double precision) / nullif(cast(f.balance as double precision), 0) as value,
    cast(f.npl as double precision) as numerator,
    cast(f.balance as double precision) as denominator,
    f.base
from formed as f
