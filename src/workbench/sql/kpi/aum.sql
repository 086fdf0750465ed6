-- AUM 管理客户资产(AUM): monthly average of what customers keep with the bank, in the month that ends at $to.
select
    cast(sum(a.aum_avg) as double precision) as value,
    cast(sum(a.aum_avg) as double precision) as numerator,
    cast(null as double precision) as denominator,
    count(a.aum_avg) as base
from account_months as a
where a.month_end = cast($to as date)
