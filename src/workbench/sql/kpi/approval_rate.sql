-- APPROVAL_RATE 审批通过率: of applications the bank decided after $from up to $to, those approved in full or
-- in part. Applications withdrawn or pending are no decision of the bank.
with sums as (
    select
        sum(case when a.decision in ('approved', 'approved_reduced') then 1 else 0 end) as part,
        count(*) as whole
    from applications as a
    where a.decided_at >= cast($from as date) + interval '1' day
        and a.decided_at < cast($to as date) + interval '1' day
        and a.decision in ('approved', 'approved_reduced', 'declined')
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
