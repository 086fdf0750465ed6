-- The ledger at each month end after $from up to $to: balance, and what of it is special mention, non-performing or
-- past due. The ratios are those of the KPIs SM_RATIO, NPL_RATIO and OVERDUE_RATIO.
select
    m.month_end,
    count(*) as loans,
    cast(sum(m.balance) as double precision) as balance,
    cast(sum(case when m.five_class = 'special_mention' then m.balance else 0 end) as double precision)
        as special_mention,
    cast(sum(case when m.five_class in ('substandard', 'doubtful', 'loss') then m.balance else 0 end)
        as double precision) as npl,
    cast(sum(case when m.dpd > 0 then m.balance else 0 end) as double precision) as overdue
from loan_months as m
where m.month_end > cast($from as date) and m.month_end <= cast($to as date) and m.balance > 0
group by m.month_end
order by m.month_end
