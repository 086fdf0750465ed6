-- One row per revolving line under which a loan fell into default for the first time, up to $as_of, ordered by line: what
-- was drawn and allowed $months months before, and what was owed at the end of the month of default.
-- A line that did not exist so long before, or was not drawn on, is left out: `drawn` needs a loan of that month.
with bad as (
    select l.facility_id, min(m.month_end) as defaulted_on
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    inner join facilities as f on f.facility_id = l.facility_id and f.revolving
    where m.month_end <= cast($as_of as date)
        and m.balance > 0
        and (
            m.dpd > cast($overdue_days as integer)
            or m.five_class in ('substandard', 'doubtful', 'loss')
        )
    group by l.facility_id
),
dated as (
    select
        b.facility_id, b.defaulted_on,
        cast(b.defaulted_on + interval '1' day - cast($months as integer) * interval '1' month
            - interval '1' day as date) as reference_on
    from bad as b
),
owed as (
    select
        d.facility_id, d.defaulted_on, d.reference_on,
        sum(case when m.month_end = d.reference_on then m.balance end) as drawn,
        sum(case when m.month_end = d.defaulted_on then m.balance end) as exposure
    from dated as d
    inner join loans as l on l.facility_id = d.facility_id
    inner join loan_months as m
        on m.loan_id = l.loan_id and m.month_end in (d.reference_on, d.defaulted_on)
    group by d.facility_id, d.defaulted_on, d.reference_on
)
select
    o.facility_id,
    f.customer_id,
    o.defaulted_on,
    cast(f.credit_limit as double precision) as credit_limit,
    cast(o.drawn as double precision) as drawn,
    cast(o.exposure as double precision) as exposure
from owed as o
inner join facilities as f on f.facility_id = o.facility_id
where o.drawn is not null and o.exposure > 0
order by o.facility_id
