-- LOAD_REJECT 校验退回率: of rows in files about days after $from up to $to, those that the checks sent back.
-- The files of a month are loaded in the next one: what a file is about decides, where it is on record.
with sums as (
    select sum(d.rows_rejected) as part, sum(d.rows_in) as whole
    from data_loads as d
    where coalesce(d.period_end, cast(d.loaded_at as date)) > cast($from as date)
        and coalesce(d.period_end, cast(d.loaded_at as date)) <= cast($to as date)
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
