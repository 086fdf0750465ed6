-- One row per place of the market series of loans of all banks (100 million): the newest value known by $as_of, and the
-- one of a year before.
with
known as (
    select
        s.industry_code,
        s.region_code,
        s.size_class,
        s.period_end,
        s.value,
        row_number() over (
            partition by s.industry_code, s.region_code, s.size_class order by s.period_end desc
        ) as newest
    from market_series as s
    where s.series_code = 'SYSTEM_LOANS'
        and coalesce(s.published_on, s.period_end + interval '45' day) <= cast($as_of as date)
)
select
    n.industry_code,
    n.region_code,
    n.size_class,
    n.period_end,
    n.value * 1e8 as market,
    o.value * 1e8 as market_before
from known as n
left join known as o
    on o.industry_code = n.industry_code
        and o.region_code = n.region_code
        and o.size_class = n.size_class
        and o.period_end = cast(n.period_end + interval '1' day - interval '1' year
            - interval '1' day as date)
where n.newest = 1
order by n.industry_code, n.region_code, n.size_class
