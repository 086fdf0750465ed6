-- One row per loan on the tape at each half-year end up to $as_of: how it stood that day, and what became of it within $horizon months.
-- Standing and default are defined as in credit_cases; here nothing is left out, so that what credit_cases leaves out can be counted.
-- A source that supplies outcomes (default_outcomes) sets its own cohorts and cases, as in credit_cases.
with
history as (
    select min(lm.month_end) as first_month
    from loan_months as lm
),
supplied as (
    select o.observed_on as cohort, o.loan_id, o.defaulted
    from default_outcomes as o
    where o.horizon_months = cast($horizon as integer) and o.observed_on <= cast($as_of as date)
),
cohorts as (
    select
        m.month_end as cohort,
        cast(m.month_end + interval '1' day + cast($horizon as integer) * interval '1' month
            - interval '1' day as date) as outcome_until,
        case
            when h.first_month <= cast(
                cast(m.month_end + interval '1' day
                    - cast($window as integer) * interval '1' month - interval '1' day as date)
                + interval '1' day + interval '1' month - interval '1' day as date
            ) then 1
            else 0
        end as window_full
    from (select distinct lm.month_end from loan_months as lm) as m
    cross join history as h
    where m.month_end <= cast($as_of as date)
        and extract(month from m.month_end) in (6, 12)
        and m.month_end not in (select s.cohort from supplied as s)
),
stood as (
    select
        c.cohort,
        c.outcome_until,
        c.window_full,
        case when c.outcome_until <= cast($as_of as date) then 1 else 0 end as outcome_known,
        lm.loan_id,
        l.customer_id,
        case when l.closed_on <= cast($as_of as date) then l.closed_on end as closed_on,
        l.close_type,
        case
            when l.closed_on is not null and l.closed_on <= c.cohort then 'closed'
            when not (lm.balance > 0 or fa.credit_limit is not null) or lm.balance is null
                and fa.credit_limit is null then 'nothing_owed'
            when lm.dpd > cast($overdue_days as integer) then 'overdue'
            when lm.five_class in ('substandard', 'doubtful', 'loss') then 'classified'
            when lm.dpd is null then 'days_unknown'
            else 'at_risk'
        end as standing
    from cohorts as c
    inner join loan_months as lm on lm.month_end = c.cohort
    inner join loans as l on l.loan_id = lm.loan_id
    left join facilities as fa on fa.facility_id = l.facility_id and fa.revolving
),
followed as (
    select
        s.cohort,
        s.loan_id,
        max(lm.month_end) as last_seen,
        min(case
            when lm.dpd > cast($overdue_days as integer)
                or lm.five_class in ('substandard', 'doubtful', 'loss') then lm.month_end
        end) as failed_on
    from stood as s
    inner join loan_months as lm
        on lm.loan_id = s.loan_id
        and lm.month_end > s.cohort
        and lm.month_end <= s.outcome_until
        and lm.month_end <= cast($as_of as date)
    group by s.cohort, s.loan_id
)
select
    s.cohort,
    s.outcome_until,
    s.window_full,
    s.outcome_known,
    s.loan_id,
    s.customer_id,
    s.standing,
    s.closed_on,
    s.close_type,
    f.last_seen,
    case
        when s.close_type = 'written_off' and s.closed_on <= s.outcome_until
            and (f.failed_on is null or s.closed_on < f.failed_on) then s.closed_on
        else f.failed_on
    end as failed_on
from stood as s
left join followed as f on f.cohort = s.cohort and f.loan_id = s.loan_id
union all
select
    s.cohort,
    cast(s.cohort + interval '1' day + cast($horizon as integer) * interval '1' month
        - interval '1' day as date) as outcome_until,
    1 as window_full,
    1 as outcome_known,
    s.loan_id,
    l.customer_id,
    'supplied' as standing,
    null as closed_on,
    null as close_type,
    null as last_seen,
    case when s.defaulted then s.cohort end as failed_on
from supplied as s
inner join loans as l on l.loan_id = s.loan_id
order by 1, 5
