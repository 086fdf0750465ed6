-- ROLL_0_30 M0→M1滚动率: of the balance that was not past due at $from, what is 1 to 30 days late at $to.
-- Loans repaid in between stay in the denominator: an inner join would drop them.
with
pairs as (
    select o.loan_id, o.balance as opening,
        case when c.dpd between 1 and 30 then c.balance else 0 end as late
    from loan_months as o
    left join loan_months as c on c.loan_id = o.loan_id and c.month_end = cast($to as date)
    where o.month_end = cast($from as date) and o.dpd = 0 and o.balance > 0
),
sums as (
    select sum(p.late) as part, sum(p.opening) as whole, count(*) as base
    from pairs as p
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.base
from sums as s
