-- LOAD_REJECT 校验退回率: of rows in files loaded after $from up to $to, those that the checks sent back.
with sums as (
    select sum(d.rows_rejected) as part, sum(d.rows_in) as whole
    from data_loads as d
    where d.loaded_at >= cast($from as date) + interval '1' day
        and d.loaded_at < cast($to as date) + interval '1' day
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
