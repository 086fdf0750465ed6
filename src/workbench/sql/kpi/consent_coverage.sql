-- CONSENT_COVERAGE 授权覆盖率: of borrowers at $to, those with a consent to credit assessment that is live at the
-- end of that day: granted, not withdrawn, not expired.
with
borrowers as (
    select distinct l.customer_id
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    where m.month_end = cast($to as date) and m.balance > 0
),
consented as (
    select distinct s.customer_id
    from consents as s
    where s.purpose = 'credit_assessment'
        and s.granted_at < cast($to as date) + interval '1' day
        and (s.withdrawn_at is null or s.withdrawn_at >= cast($to as date) + interval '1' day)
        and (s.expires_at is null or s.expires_at >= cast($to as date) + interval '1' day)
),
sums as (
    select count(s.customer_id) as part, count(*) as whole
    from borrowers as b
    left join consented as s on s.customer_id = b.customer_id
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
