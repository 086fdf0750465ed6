-- One row per application decided in the $months months up to $as_of: what was asked for and offered, at which price,
-- beside the prime rate of the day, whether the lot set it, and whether the customer took it.
with
prime as (
    select
        s.series_code, s.value, coalesce(s.published_on, s.period_end) as since,
        lead(coalesce(s.published_on, s.period_end)) over (
            partition by s.series_code order by s.period_end
        ) as until
    from market_series as s
    where s.series_code in ('LPR1Y', 'LPR5Y')
        and s.industry_code = 'ALL' and s.region_code = 'ALL' and s.size_class = 'ALL'
),
decided as (
    select a.*, cast(a.decided_at as date) as decided_on
    from applications as a
    where a.decided_at < cast($as_of as date) + interval '1' day
        and a.decided_at
            >= cast($as_of as date) + interval '1' day - cast($months as integer) * interval '1' month
)
select
    a.application_id,
    a.customer_id,
    a.product_id,
    p.product_type,
    case
        when c.customer_type = 'corporate' then coalesce(c.size_class, 'not_covered')
        when c.customer_type = 'business_owner' then 'business_owner'
        when p.product_type = 'mortgage' then 'mortgage'
        else 'consumer'
    end as segment,
    a.decision,
    a.decline_reason,
    a.requested_term_m as term,
    cast(a.approved_amount as double precision) as amount,
    a.approved_rate,
    a.offered_rate,
    q.value as prime,
    a.customer_accepted as accepted,
    a.price_test
from decided as a
inner join customers as c on c.customer_id = a.customer_id
left join products as p on p.product_id = a.product_id
left join prime as q
    on q.series_code = case when a.requested_term_m > 60 then 'LPR5Y' else 'LPR1Y' end
    and a.decided_on >= q.since
    and (q.until is null or a.decided_on < q.until)
order by a.application_id
