-- What lay before each half-year cohort by the day it is about, and how much of it the bank did not know, or might not use, that day.
-- One row per cohort and source: facts about customers with a loan on the tape that day. The same clocks as in credit_cases.
with
cohorts as (
    select
        m.month_end as cohort,
        cast(m.month_end + interval '1' day - cast($window as integer) * interval '1' month
            - interval '1' day as date) as window_from,
        cast(m.month_end + interval '1' day - cast($financials_lag as integer) * interval '1' month
            - interval '1' day as date) as statements_until
    from (select distinct lm.month_end from loan_months as lm) as m
    where m.month_end <= cast($as_of as date)
        and extract(month from m.month_end) in (6, 12)
        and cast(m.month_end + interval '1' day + cast($horizon as integer) * interval '1' month
            - interval '1' day as date) <= cast($as_of as date)
),
subjects as (
    select distinct c.cohort, c.window_from, c.statements_until, l.customer_id
    from cohorts as c
    inner join loan_months as lm on lm.month_end = c.cohort
    inner join loans as l on l.loan_id = lm.loan_id
),
consented as (
    select count(*) as consents
    from consents as c
),
statements as (
    select
        s.cohort,
        case
            when f.received_on <= s.cohort
                or (f.received_on is null and f.period_end <= s.statements_until) then 'known'
            else 'late'
        end as clock
    from subjects as s
    inner join financials as f
        on f.customer_id = s.customer_id and f.period_end <= s.cohort
),
reports as (
    select
        s.cohort,
        case
            when g.consents = 0
                or (
                    c.granted_at <= b.queried_at
                    and (c.withdrawn_at is null or c.withdrawn_at > b.queried_at)
                    and (c.expires_at is null or c.expires_at > b.queried_at)
                    and position(
                        ',' || b.query_reason || ':' || c.purpose || ',' in $purposes
                    ) > 0
                ) then 'known'
            else 'no_consent'
        end as clock
    from subjects as s
    inner join bureau_reports as b
        on b.customer_id = s.customer_id and b.queried_at < s.cohort + interval '1' day
    cross join consented as g
    left join consents as c
        on c.consent_id = b.consent_id and c.customer_id = b.customer_id
),
contacts as (
    select s.cohort, 'known' as clock
    from subjects as s
    inner join interactions as i
        on i.customer_id = s.customer_id
        and i.started_at >= s.window_from + interval '1' day
        and i.started_at < s.cohort + interval '1' day
),
tape as (
    select c.cohort, 'known' as clock
    from cohorts as c
    inner join loan_months as lm on lm.month_end > c.window_from and lm.month_end <= c.cohort
),
read_from as (
    select 'financials' as fact_source, x.cohort, x.clock from statements as x
    union all
    select 'bureau_reports' as fact_source, x.cohort, x.clock from reports as x
    union all
    select 'interactions' as fact_source, x.cohort, x.clock from contacts as x
    union all
    select 'loan_months' as fact_source, x.cohort, x.clock from tape as x
)
select
    r.fact_source,
    r.cohort,
    count(*) as about_before,
    sum(case when r.clock = 'late' then 1 else 0 end) as known_late,
    sum(case when r.clock = 'no_consent' then 1 else 0 end) as without_consent
from read_from as r
group by r.fact_source, r.cohort
order by r.fact_source, r.cohort
