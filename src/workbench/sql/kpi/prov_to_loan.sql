-- PROV_TO_LOAN 贷款拨备率: provisions of all loans over their balance.
with sums as (
    select
        sum(m.provision) as part,
        sum(m.balance) as whole,
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
