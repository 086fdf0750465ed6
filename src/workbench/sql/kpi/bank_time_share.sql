-- BANK_TIME_SHARE 银行侧耗时占比: of the hours of steps ended after $from up to $to, those spent waiting for the
-- bank. Steps of which nobody knows who was waited for count in neither.
with sums as (
    select
        sum(case
            when e.waiting_on = 'bank'
                then cast(extract(epoch from (e.ended_at - e.started_at)) as double precision) / 3600
            else 0
        end) as part,
        sum(cast(extract(epoch from (e.ended_at - e.started_at)) as double precision) / 3600) as whole,
        count(*) as base
    from process_events as e
    where e.ended_at >= cast($from as date) + interval '1' day
        and e.ended_at < cast($to as date) + interval '1' day
        and e.waiting_on is not null
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.base
from sums as s
