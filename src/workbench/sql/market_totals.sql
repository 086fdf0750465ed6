-- Loans of all banks by place, industry, size of firm and quarter, in money, as published by $as_of.
select
    s.region_code,
    s.industry_code,
    s.size_class,
    s.period_end,
    cast(s.value as double precision) * 1e8 as market
from market_series as s
where s.series_code = 'SYSTEM_LOANS'
    and coalesce(s.published_on, s.period_end + interval '45' day) <= cast($as_of as date)
order by s.region_code, s.industry_code, s.size_class, s.period_end
