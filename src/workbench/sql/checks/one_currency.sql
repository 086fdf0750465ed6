-- 17 Live loans are in the currency of the bank: amounts in others would be added without a rate.
select
    'loans' as table_name, l.loan_id as row_key, l.currency as found, $currency as expected
from loans as l
where l.currency <> $currency and (l.closed_on is null or l.closed_on > cast($as_of as date))
order by l.loan_id
