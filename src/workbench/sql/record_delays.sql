-- Days from the event of a public record to the day the bank found it, up to $as_of: one row per kind and delay, ordered.
select
    p.record_type,
    cast(p.found_at as date) - p.event_date as delay_days,
    count(*) as records
from public_records as p
where p.found_at < cast($as_of as date) + interval '1' day
group by p.record_type, cast(p.found_at as date) - p.event_date
order by p.record_type, delay_days
