-- 3 Days past due are the days since the oldest instalment that was not settled by then. Instalments that owe
-- nothing, and those paid in full without a day of settlement, are passed over, as in schedule_dpd.
with months as (
    select m.loan_id, m.month_end, m.dpd
    from loan_months as m
    inner join (select distinct r.loan_id from repayment_schedule as r) as r
        on r.loan_id = m.loan_id
    where m.month_end >= cast($since as date) and m.balance > 0
),
oldest as (
    select m.loan_id, m.month_end, min(s.due_on) as due_on
    from months as m
    inner join repayment_schedule as s
        on s.loan_id = m.loan_id
        and s.due_on <= m.month_end
        and (s.paid_on is null or s.paid_on > m.month_end)
        and s.due_principal + s.due_interest > 0
        and not (
            s.paid_on is null
            and s.paid_principal >= s.due_principal
            and s.paid_interest >= s.due_interest
        )
    group by m.loan_id, m.month_end
),
recomputed as (
    select
        m.loan_id, m.month_end, m.dpd,
        coalesce(cast(m.month_end as date) - cast(o.due_on as date), 0) as days
    from months as m
    left join oldest as o on o.loan_id = m.loan_id and o.month_end = m.month_end
)
select
    'loan_months' as table_name, loan_id || ' ' || cast(month_end as varchar) as row_key,
    cast(dpd as varchar) as found, cast(days as varchar) as expected
from recomputed
where dpd <> days
order by loan_id, month_end
