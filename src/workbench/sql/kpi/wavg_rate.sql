-- WAVG_RATE 加权平均利率: rate in force at $to, weighted with the balance.
with sums as (
    select
        sum(cast(m.balance as double precision) * m.rate) as part,
        sum(cast(m.balance as double precision)) as whole,
        count(*) as base
    from loan_months as m
    where m.month_end = cast($to as date)
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.base
from sums as s
