-- One row per loan live at $as_of or a year before: its product, balance and price now, whether it performed a year
-- before and defaulted since (overdue for more than $overdue_days days, classified non-performing, or written off).
with
day as (
    select
        cast($as_of as date) as today,
        cast(cast($as_of as date) + interval '1' day - interval '12' month - interval '1' day as date)
            as before
),
now as (
    select m.loan_id, cast(m.balance as double precision) as balance, m.rate
    from loan_months as m
    inner join day as d on m.month_end = d.today
),
ago as (
    select
        m.loan_id,
        case
            when m.balance > 0
                and m.dpd <= cast($overdue_days as integer)
                and coalesce(m.five_class, 'normal') not in ('substandard', 'doubtful', 'loss')
                then 1
            else 0
        end as performed
    from loan_months as m
    inner join day as d on m.month_end = d.before
),
failed as (
    select distinct m.loan_id
    from loan_months as m
    cross join day as d
    where m.month_end > d.before and m.month_end <= d.today
        and (
            m.dpd > cast($overdue_days as integer)
            or m.five_class in ('substandard', 'doubtful', 'loss')
        )
),
housed as (
    select distinct l.customer_id
    from loans as l
    inner join products as p on p.product_id = l.product_id
    cross join day as d
    where p.product_type = 'mortgage'
        and l.disbursed_on <= d.today
        and (l.closed_on is null or l.closed_on > d.before)
)
select
    l.loan_id,
    l.customer_id,
    p.product_type,
    case
        when c.customer_type = 'corporate' then coalesce(c.size_class, 'not_covered')
        when c.customer_type = 'business_owner' then 'business_owner'
        when h.customer_id is not null then 'mortgage'
        else 'consumer'
    end as segment,
    l.main_security,
    l.disbursed_on,
    l.closed_on,
    l.rate_type,
    l.reprice_months,
    l.repayment_method,
    (extract(year from l.matures_on) - extract(year from l.disbursed_on)) * 12
        + extract(month from l.matures_on) - extract(month from l.disbursed_on) as term,
    coalesce(n.balance, 0) as balance,
    n.rate,
    case
        when l.disbursed_on <= d.today and (l.closed_on is null or l.closed_on > d.today) then 1
        else 0
    end as live,
    case
        when l.disbursed_on <= d.before and (l.closed_on is null or l.closed_on > d.before) then 1
        else 0
    end as live_before,
    coalesce(g.performed, 0) as performed,
    case
        when f.loan_id is not null then 1
        when l.close_type = 'written_off' and l.closed_on <= d.today then 1
        else 0
    end as defaulted
from loans as l
cross join day as d
inner join customers as c on c.customer_id = l.customer_id
inner join products as p on p.product_id = l.product_id
left join now as n on n.loan_id = l.loan_id
left join ago as g on g.loan_id = l.loan_id
left join failed as f on f.loan_id = l.loan_id
left join housed as h on h.customer_id = l.customer_id
where l.disbursed_on <= d.today and (l.closed_on is null or l.closed_on > d.before)
order by l.loan_id
