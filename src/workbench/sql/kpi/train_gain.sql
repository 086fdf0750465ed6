-- TRAIN_GAIN 训后得分提升: mean gain in points of those who attended after $from up to $to and sat both tests.
with sums as (
    select sum(t.post_score - t.pre_score) as part, count(*) as whole
    from training_records as t
    where t.attended
        and t.held_on > cast($from as date) and t.held_on <= cast($to as date)
        and t.pre_score is not null
        and t.post_score is not null
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
