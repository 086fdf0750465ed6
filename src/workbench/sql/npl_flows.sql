-- What moved the non-performing balance from $from to $to, month by month, summed by customer and cause. amount is
-- positive for what became non-performing (entered), negative for what left: back to a better class (upgraded), written
-- off, sold with its last balance (transferred), and collected: all else that went, net of what was added. The amounts of
-- all rows add up to the change of the balance. A loan that became non-performing and was written off in one month counts
-- in both. loans counts each loan once a cause. What was taken over in place of money (抵债) no table says.
with
months as (
    select x.month_end, lead(x.month_end) over (order by x.month_end) as next_end
    from (
        select distinct m.month_end
        from loan_months as m
        where m.month_end >= cast($from as date) and m.month_end <= cast($to as date)
    ) as x
),
was as (
    select m.loan_id, s.next_end as month_end, m.balance
    from loan_months as m
    inner join months as s on s.month_end = m.month_end
    where s.next_end is not null
        and m.balance > 0
        and m.five_class in ('substandard', 'doubtful', 'loss')
),
now as (
    select
        m.loan_id,
        m.month_end,
        m.balance,
        coalesce(m.written_off_amount, 0) as written_off,
        case when m.five_class in ('substandard', 'doubtful', 'loss') then m.balance else 0 end
            as npl
    from loan_months as m
    where m.month_end > cast($from as date) and m.month_end <= cast($to as date)
),
joined as (
    select
        w.loan_id,
        w.month_end,
        w.balance as npl_before,
        coalesce(n.npl, 0) as npl_now,
        coalesce(n.balance, 0) as balance_now,
        coalesce(n.written_off, 0) as written_off
    from was as w
    left join now as n on n.loan_id = w.loan_id and n.month_end = w.month_end
    union all
    select n.loan_id, n.month_end, 0, n.npl, n.balance, n.written_off
    from now as n
    left join was as w on w.loan_id = n.loan_id and w.month_end = n.month_end
    where w.loan_id is null and (n.npl > 0 or n.written_off > 0)
),
parts as (
    select
        j.loan_id,
        l.customer_id,
        l.branch_id,
        j.npl_before,
        j.npl_now,
        case when j.npl_before = 0 then j.npl_now + j.written_off else 0 end as entered,
        case when j.npl_before > 0 and j.npl_now = 0 then j.balance_now else 0 end as upgraded,
        case
            when j.balance_now = 0 and l.close_type = 'written_off' and j.npl_before > 0
                then greatest(j.npl_before, j.written_off)
            else j.written_off
        end as written_off,
        case
            when j.npl_before > 0 and j.balance_now = 0 and l.close_type = 'transferred'
                and j.npl_before > j.written_off then j.npl_before - j.written_off
            else 0
        end as transferred
    from joined as j
    inner join loans as l on l.loan_id = j.loan_id
),
causes as (
    select p.loan_id, p.customer_id, p.branch_id, 'entered' as cause, p.entered as amount
    from parts as p
    where p.entered <> 0
    union all
    select p.loan_id, p.customer_id, p.branch_id, 'upgraded', -p.upgraded
    from parts as p
    where p.upgraded <> 0
    union all
    select p.loan_id, p.customer_id, p.branch_id, 'written_off', -p.written_off
    from parts as p
    where p.written_off <> 0
    union all
    select p.loan_id, p.customer_id, p.branch_id, 'transferred', -p.transferred
    from parts as p
    where p.transferred <> 0
    union all
    select
        p.loan_id, p.customer_id, p.branch_id, 'collected',
        p.npl_now - p.npl_before - p.entered + p.upgraded + p.written_off + p.transferred
    from parts as p
    where p.npl_now - p.npl_before - p.entered + p.upgraded + p.written_off + p.transferred <> 0
)
select
    c.customer_id,
    c.branch_id,
    b.branch_name,
    c.cause,
    count(distinct c.loan_id) as loans,
    cast(sum(c.amount) as double precision) as amount
from causes as c
left join branches as b on b.branch_id = c.branch_id
group by c.customer_id, c.branch_id, b.branch_name, c.cause
order by c.customer_id, c.branch_id, c.cause
