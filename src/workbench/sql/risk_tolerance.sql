-- The newest risk tolerance that each customer stated in an application of the $months months up to $as_of.
with
said as (
    select
        a.customer_id,
        a.risk_tolerance,
        row_number() over (
            partition by a.customer_id order by a.applied_at desc, a.application_id desc
        ) as place
    from applications as a
    where a.risk_tolerance is not null
        and a.applied_at < cast($as_of as date) + interval '1' day
        and a.applied_at >= cast($as_of as date) + interval '1' day
            - cast($months as integer) * interval '1' month
)
select s.customer_id, s.risk_tolerance
from said as s
where s.place = 1
order by s.customer_id
