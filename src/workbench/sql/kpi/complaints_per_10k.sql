-- COMPLAINTS_PER_10K 万户投诉量: complaints received after $from up to $to for each 10,000 borrowers at $to.
with
borrowers as (
    select distinct l.customer_id
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    where m.month_end = cast($to as date) and m.balance > 0
),
received as (
    select count(*) as complaints
    from complaints as c
    where c.received_at >= cast($from as date) + interval '1' day
        and c.received_at < cast($to as date) + interval '1' day
),
sums as (
    select 10000 * max(r.complaints) as part, count(b.customer_id) as whole
    from received as r
    left join borrowers as b on b.customer_id is not null
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
