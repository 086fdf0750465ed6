-- One row per loan with a balance and month end in $since..$as_of: the bank's own statuses, and what the
-- rules need to judge them. Of the bureau reports the last one before the end of the month counts.
with
reports as (
    select
        b.customer_id,
        b.total_balance,
        b.overdue90_balance,
        cast(b.queried_at as date) as known_from,
        coalesce(
            cast(
                lead(b.queried_at) over (
                    partition by b.customer_id order by b.queried_at, b.bureau_report_id
                ) as date
            ),
            cast('9999-12-31' as date)
        ) as replaced_on
    from bureau_reports as b
    where b.queried_at < cast($as_of as date) + interval '1' day
)
select
    lm.loan_id,
    l.customer_id,
    lm.month_end,
    c.customer_type,
    c.size_class,
    p.product_type,
    l.renewal_type,
    cast(lm.balance as double precision) as balance,
    cast(lm.overdue_principal + lm.overdue_interest as double precision) as overdue_amount,
    cast(lm.provision as double precision) as provision,
    lm.dpd,
    lm.five_class,
    lm.ifrs9_stage,
    lm.npe_flag,
    lm.restructured,
    cast(r.total_balance as double precision) as bureau_balance,
    cast(r.overdue90_balance as double precision) as bureau_overdue90
from loan_months as lm
inner join loans as l on l.loan_id = lm.loan_id
left join customers as c on c.customer_id = l.customer_id
left join products as p on p.product_id = l.product_id
left join reports as r
    on r.customer_id = l.customer_id
    and r.known_from <= lm.month_end
    and r.replaced_on > lm.month_end
where lm.month_end >= cast($since as date)
    and lm.month_end <= cast($as_of as date)
    and lm.balance > 0
order by lm.month_end, lm.loan_id
