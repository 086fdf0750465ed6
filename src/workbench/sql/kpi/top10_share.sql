-- TOP10_SHARE 前十大借款人贷款占比: balance of the ten largest borrowers; a group of firms is one borrower.
with
borrowers as (
    select coalesce('group ' || c.group_id, 'customer ' || l.customer_id) as borrower,
        sum(m.balance) as balance
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    inner join customers as c on c.customer_id = l.customer_id
    where m.month_end = cast($to as date) and m.balance > 0
    group by coalesce('group ' || c.group_id, 'customer ' || l.customer_id)
),
ranked as (
    select b.borrower, b.balance, row_number() over (order by b.balance desc, b.borrower) as place
    from borrowers as b
),
sums as (
    select
        sum(case when r.place <= 10 then r.balance else 0 end) as part,
        sum(r.balance) as whole,
        count(*) as base
    from ranked as r
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.base
from sums as s
