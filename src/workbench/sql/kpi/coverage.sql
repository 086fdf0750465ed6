-- COVERAGE 拨备覆盖率: provisions of all loans over the balance of the non-performing ones.
with sums as (
    select
        sum(m.provision) as part,
        sum(case when m.five_class in ('substandard', 'doubtful', 'loss') then m.balance else 0 end)
            as whole,
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
