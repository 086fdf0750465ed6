-- What came in after default up to $as_of: one row per loan and month with a recovery, ordered. Callers keep those of
-- loans in defaulted_loans, in the month of default and later.
select
    m.loan_id, m.month_end, cast(m.recovered_amount as double precision) as recovered
from loan_months as m
where m.recovered_amount > 0 and m.month_end <= cast($as_of as date)
order by m.loan_id, m.month_end
