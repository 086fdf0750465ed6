-- Assets of each customer by month over the twelve months up to $month, in order: what tiers are told by.
select a.customer_id, a.month_end, cast(a.aum_avg as double precision) as aum
from account_months as a
where a.month_end <= cast($month as date)
    and a.month_end >= cast($month as date) + interval '1' day - interval '12' month
order by a.customer_id, a.month_end
