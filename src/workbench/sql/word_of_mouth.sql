-- Word of mouth in the bank's own records: the eight quarters up to $as_of, oldest first, counted back from its
-- month. Applications by the day they were made, with the source where it was noted; news about customers by the day
-- the bank found it, whatever day it happened, with the customers it is about.
with
quarters as (
    select
        q.quarter,
        last_day(cast($as_of as date) - to_months(cast(3 * q.quarter as integer))) as until
    from range(0, 8) as q(quarter)
),
asked as (
    select
        datediff('month', cast(a.applied_at as date), cast($as_of as date)) // 3 as quarter,
        count(*) as applications,
        count(a.referral_source) as named,
        sum(case when a.referral_source = 'existing_customer' then 1 else 0 end) as referred
    from applications as a
    where a.applied_at < cast($as_of as date) + interval '1' day
    group by 1
),
told as (
    select
        datediff('month', cast(p.found_at as date), cast($as_of as date)) // 3 as quarter,
        sum(case when p.record_type = 'negative_news' then 1 else 0 end) as negative,
        sum(case when p.record_type = 'positive_news' then 1 else 0 end) as positive,
        count(distinct p.customer_id) as firms
    from public_records as p
    where p.record_type in ('negative_news', 'positive_news')
        and p.found_at < cast($as_of as date) + interval '1' day
    group by 1
)
select
    q.until,
    cast(coalesce(a.applications, 0) as bigint) as applications,
    cast(coalesce(a.named, 0) as bigint) as named,
    cast(coalesce(a.referred, 0) as bigint) as referred,
    cast(coalesce(t.negative, 0) as bigint) as negative,
    cast(coalesce(t.positive, 0) as bigint) as positive,
    cast(coalesce(t.firms, 0) as bigint) as firms
from quarters as q
left join asked as a on a.quarter = q.quarter
left join told as t on t.quarter = q.quarter
order by q.until
