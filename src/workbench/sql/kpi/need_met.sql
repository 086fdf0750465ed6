-- NEED_MET 申请金额获批率: amount approved, of the amount requested in applications the bank decided after
-- $from up to $to. What was declined is requested and not approved.
with sums as (
    select
        sum(case when a.decision = 'declined' then 0 else coalesce(a.approved_amount, 0) end) as part,
        sum(a.requested_amount) as whole,
        count(*) as base
    from applications as a
    where a.decided_at >= cast($from as date) + interval '1' day
        and a.decided_at < cast($to as date) + interval '1' day
        and a.decision in ('approved', 'approved_reduced', 'declined')
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.base
from sums as s
