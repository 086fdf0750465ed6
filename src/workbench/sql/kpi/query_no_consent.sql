-- QUERY_NO_CONSENT 无授权征信查询数: bureau queries after $from up to $to without a consent of that customer that
-- was live at that moment. The same rule as check 9 of the intake.
with sums as (
    select
        sum(case
            when c.consent_id is null then 1
            when c.customer_id <> b.customer_id then 1
            when c.granted_at > b.queried_at then 1
            when c.withdrawn_at <= b.queried_at then 1
            when c.expires_at <= b.queried_at then 1
            else 0
        end) as part,
        count(*) as whole
    from bureau_reports as b
    left join consents as c on c.consent_id = b.consent_id
    where b.queried_at >= cast($from as date) + interval '1' day
        and b.queried_at < cast($to as date) + interval '1' day
)
select
    cast(s.part as double precision) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
