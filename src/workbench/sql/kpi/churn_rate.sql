-- CHURN_RATE 贷款客户流失率: of borrowers at $from, those who owe nothing at $to because their last loan was
-- refinanced elsewhere, or fell due and was not followed by another in $churn_days days. Who owes nothing
-- after a write-off or a sale did not leave, and whose days are not over is not decided: neither counts.
with
opening as (
    select distinct l.customer_id
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    where m.month_end = cast($from as date) and m.balance > 0
),
closing as (
    select distinct l.customer_id
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    where m.month_end = cast($to as date) and m.balance > 0
),
ended as (
    select l.customer_id, l.close_type, l.closed_on,
        row_number() over (
            partition by l.customer_id order by l.closed_on desc, l.loan_id desc
        ) as place
    from loans as l
    where l.closed_on > cast($from as date) and l.closed_on <= cast($to as date)
),
disposed as (
    select distinct e.customer_id
    from ended as e
    where e.close_type in ('written_off', 'transferred')
),
fates as (
    select
        o.customer_id,
        case
            when c.customer_id is not null then 'stays'
            when d.customer_id is not null then 'disposed'
            when e.close_type = 'prepaid_refinanced' then 'left'
            when e.close_type = 'matured'
                and e.closed_on <= cast($to as date) - cast($churn_days as integer) then 'left'
            when e.close_type = 'matured' then 'undecided'
            else 'stays'
        end as fate
    from opening as o
    left join closing as c on c.customer_id = o.customer_id
    left join disposed as d on d.customer_id = o.customer_id
    left join ended as e on e.customer_id = o.customer_id and e.place = 1
),
sums as (
    select sum(case when f.fate = 'left' then 1 else 0 end) as part, count(*) as whole
    from fates as f
    where f.fate in ('stays', 'left')
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
