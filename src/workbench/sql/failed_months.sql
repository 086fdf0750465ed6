-- The whole tape, up to $as_of, of loans that were in default at some month end of it: for the rule of cure.
with
failed as (
    select distinct lm.loan_id
    from loan_months as lm
    where lm.month_end <= cast($as_of as date)
        and (
            lm.dpd > cast($overdue_days as integer)
            or lm.five_class in ('substandard', 'doubtful', 'loss')
        )
)
select lm.loan_id, lm.month_end, cast(lm.dpd as double precision) as dpd, lm.five_class
from loan_months as lm
inner join failed as f on f.loan_id = lm.loan_id
where lm.month_end <= cast($as_of as date)
order by lm.loan_id, lm.month_end
