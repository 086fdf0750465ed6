-- What became of the loans between the month ends $from and $to: sums by branch, segment and way.
-- way: stayed (a balance at both), entered (only at $to), left (only at $from). cause: drawn or repaid for those that
-- stayed, how the loan ended for those that left. Balance now less balance before is drawn less repaid, written off and
-- left, in every row: written_off counts what was written off in between, the rest of the change is the cause's.
-- largest and second: what the two customers with the largest movements in the row moved, for disclosure control.
with
opening as (
    select m.loan_id, m.balance, m.five_class
    from loan_months as m
    where m.month_end = cast($from as date) and m.balance > 0
),
closing as (
    select m.loan_id, m.balance, m.five_class
    from loan_months as m
    where m.month_end = cast($to as date) and m.balance > 0
),
lost as (
    select m.loan_id, sum(coalesce(m.written_off_amount, 0)) as amount
    from loan_months as m
    where m.month_end > cast($from as date) and m.month_end <= cast($to as date)
    group by m.loan_id
),
housed as (
    select distinct l.customer_id
    from loans as l
    inner join products as p on p.product_id = l.product_id
    where p.product_type = 'mortgage'
        and l.disbursed_on <= cast($to as date)
        and (l.closed_on is null or l.closed_on > cast($from as date))
),
moved as (
    select
        coalesce(o.loan_id, c.loan_id) as loan_id,
        coalesce(o.balance, 0) as balance_before,
        coalesce(c.balance, 0) as balance_now,
        coalesce(x.amount, 0) as written_off,
        case when o.five_class in ('substandard', 'doubtful', 'loss') then o.balance else 0 end
            as npl_before,
        case when c.five_class in ('substandard', 'doubtful', 'loss') then c.balance else 0 end
            as npl_now,
        case
            when o.loan_id is null then 'entered'
            when c.loan_id is null then 'left'
            else 'stayed'
        end as way
    from opening as o
    full outer join closing as c on c.loan_id = o.loan_id
    left join lost as x on x.loan_id = coalesce(o.loan_id, c.loan_id)
),
placed as (
    select
        l.branch_id,
        l.customer_id,
        case
            when k.customer_type = 'corporate' then coalesce(k.size_class, 'not_covered')
            when k.customer_type = 'business_owner' then 'business_owner'
            when h.customer_id is not null then 'mortgage'
            else 'consumer'
        end as segment,
        m.way,
        case
            when m.way = 'entered' then 'new'
            when m.way = 'stayed' and m.balance_now + m.written_off > m.balance_before then 'drawn'
            when m.way = 'stayed' then 'repaid'
            when l.closed_on is null or l.closed_on > cast($to as date) then 'matured'
            else coalesce(l.close_type, 'matured')
        end as cause,
        m.balance_before, m.balance_now, m.written_off, m.npl_before, m.npl_now,
        greatest(abs(m.balance_now - m.balance_before + m.written_off), m.written_off) as moved
    from moved as m
    inner join loans as l on l.loan_id = m.loan_id
    inner join customers as k on k.customer_id = l.customer_id
    left join housed as h on h.customer_id = k.customer_id
),
customers_moved as (
    select p.branch_id, p.segment, p.way, p.cause, p.customer_id, sum(p.moved) as moved
    from placed as p
    group by p.branch_id, p.segment, p.way, p.cause, p.customer_id
),
ranked as (
    select
        c.branch_id, c.segment, c.way, c.cause, c.moved,
        row_number() over (
            partition by c.branch_id, c.segment, c.way, c.cause order by c.moved desc, c.customer_id
        ) as place
    from customers_moved as c
),
tops as (
    select
        r.branch_id, r.segment, r.way, r.cause,
        max(case when r.place = 1 then r.moved end) as largest,
        max(case when r.place = 2 then r.moved else 0 end) as second
    from ranked as r
    group by r.branch_id, r.segment, r.way, r.cause
)
select
    p.branch_id,
    p.segment,
    p.way,
    p.cause,
    count(*) as loans,
    cast(sum(p.balance_before) as double precision) as balance_before,
    cast(sum(p.balance_now) as double precision) as balance_now,
    cast(sum(p.written_off) as double precision) as written_off,
    cast(sum(p.npl_before) as double precision) as npl_before,
    cast(sum(p.npl_now) as double precision) as npl_now,
    cast(max(t.largest) as double precision) as largest,
    cast(max(t.second) as double precision) as second
from placed as p
inner join tops as t
    on t.branch_id = p.branch_id and t.segment = p.segment and t.way = p.way and t.cause = p.cause
group by p.branch_id, p.segment, p.way, p.cause
order by p.branch_id, p.segment, p.way, p.cause
