-- NEW_LOAN_RATE 新发放贷款加权利率: rate at origination of loans disbursed after $from up to $to, weighted with
-- their principal. An extension is no new loan.
with sums as (
    select
        sum(cast(l.principal as double precision) * l.rate_at_origination) as interest,
        sum(cast(l.principal as double precision)) as principal,
        count(*) as base
    from loans as l
    where l.disbursed_on > cast($from as date)
        and l.disbursed_on <= cast($to as date)
        and coalesce(l.renewal_type, 'new') <> 'extension'
)
select
    s.interest / nullif(s.principal, 0) as value,
    s.interest as numerator,
    s.principal as denominator,
    s.base
from sums as s
