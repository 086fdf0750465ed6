-- WARN_RESPONSE_ONTIME 预警按时处置率: of warnings whose time to respond ran out after $from up to $to, those
-- with a measure by then. A warning that nobody answered is not on time.
with
answers as (
    select a.origin_id, min(a.opened_at) as opened_at
    from actions as a
    where a.origin_type = 'warning'
    group by a.origin_id
),
limits as (
    select w.warning_id, w.raised_at + r.response_hours * interval '1' hour as due_at
    from warnings as w
    inner join warning_rules as r on r.rule_id = w.rule_id and r.rule_version = w.rule_version
),
sums as (
    select
        sum(case when a.opened_at <= x.due_at then 1 else 0 end) as part,
        count(*) as whole
    from limits as x
    left join answers as a on a.origin_id = x.warning_id
    where x.due_at >= cast($from as date) + interval '1' day
        and x.due_at < cast($to as date) + interval '1' day
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
