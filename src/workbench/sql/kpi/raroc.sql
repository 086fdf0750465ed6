-- RAROC 风险调整后资本回报率: (revenue of borrowers − running cost − expected loss) after tax, over capital.
-- Revenue is net of funding. Running cost and capital are $operating_cost_rate and $capital_rate of the mean
-- month-end balance; the window is twelve months, as long as the expected loss of the book at $to.
with
months as (
    select m.month_end, sum(m.balance) as balance
    from loan_months as m
    where m.month_end > cast($from as date) and m.month_end <= cast($to as date)
    group by m.month_end
),
book as (
    select cast(sum(x.balance) as double precision) / count(*) as balance
    from months as x
),
owing as (
    select distinct l.customer_id, m.month_end
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    where m.month_end > cast($from as date)
        and m.month_end <= cast($to as date)
        and m.balance > 0
),
revenue as (
    select cast(sum(r.revenue_to_bank) as double precision) as amount,
        count(r.revenue_to_bank) as base
    from account_months as r
    inner join owing as o on o.customer_id = r.customer_id and o.month_end = r.month_end
),
assessed as (
    select a.customer_id, a.pd_12m, coalesce(a.lgd, cast($lgd as double precision)) as lgd,
        row_number() over (
            partition by a.customer_id order by a.assessed_on desc, a.assessment_id desc
        ) as place
    from risk_assessments as a
    where a.assessed_on <= cast($to as date)
),
losses as (
    select sum(cast(m.balance as double precision) * a.pd_12m * a.lgd) as amount
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    inner join assessed as a on a.customer_id = l.customer_id and a.place = 1
    where m.month_end = cast($to as date)
        and m.balance > 0
        and m.dpd <= cast($overdue_days as integer)
),
result as (
    select
        (r.amount - cast($operating_cost_rate as double precision) * b.balance
            - coalesce(x.amount, 0)) * (1 - cast($tax_rate as double precision)) as profit,
        cast($capital_rate as double precision) * b.balance as capital,
        r.base
    from revenue as r
    cross join book as b
    cross join losses as x
)
select
    s.profit / nullif(s.capital, 0) as value,
    s.profit as numerator,
    s.capital as denominator,
    s.base
from result as s
