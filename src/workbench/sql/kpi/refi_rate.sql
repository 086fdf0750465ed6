-- REFI_RATE 转贷他行率: of the balance at $from, that of loans which another bank has paid off since.
-- REFI_UNKNOWN stands beside it: loans prepaid for reasons that nobody wrote down.
with
ended as (
    select l.loan_id
    from loans as l
    where l.close_type = 'prepaid_refinanced'
        and l.closed_on > cast($from as date) and l.closed_on <= cast($to as date)
),
sums as (
    select
        sum(case when e.loan_id is null then 0 else m.balance end) as part,
        sum(m.balance) as whole,
        count(*) as base
    from loan_months as m
    left join ended as e on e.loan_id = m.loan_id
    where m.month_end = cast($from as date) and m.balance > 0
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.base
from sums as s
