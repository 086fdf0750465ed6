-- 5 IFRS 9 stage and the EBA flag are not better than the days past due allow.
select
    'loan_months' as table_name, m.loan_id || ' ' || cast(m.month_end as varchar) as row_key,
    coalesce('stage ' || cast(m.ifrs9_stage as varchar), 'no stage') || ', '
        || coalesce(case when m.npe_flag then 'non-performing' else 'performing' end, 'no flag')
        as found,
    cast(m.dpd as varchar) || ' days' as expected
from loan_months as m
where m.month_end >= cast($since as date)
    and m.balance > 0
    and (
        (m.ifrs9_stage < 3 and m.dpd > $stage_3_days)
        or (m.ifrs9_stage < 2 and m.dpd > $stage_2_days)
        or (not m.npe_flag and m.dpd > $npe_days)
    )
order by m.loan_id, m.month_end
