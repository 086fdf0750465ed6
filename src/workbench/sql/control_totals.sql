-- Control totals of the bank beside the sums of its loans: one row per authority, month, item and scope.
-- Months from $since to $as_of; a scope that has no loans sums to zero.
with book as (
    select
        lm.month_end, l.branch_id, l.customer_id, lm.balance, lm.provision, lm.written_off_amount,
        lm.five_class
    from loan_months as lm
    inner join loans as l on l.loan_id = lm.loan_id
    where lm.month_end >= cast($since as date) and lm.month_end <= cast($as_of as date)
),
scoped as (
    select 'ALL' as scope, b.* from book as b
    union all
    select b.branch_id as scope, b.* from book as b
),
sums as (
    select
        s.scope,
        s.month_end,
        sum(s.balance) as loan_balance,
        sum(case when s.five_class in ('substandard', 'doubtful', 'loss') then s.balance else 0 end)
            as npl_balance,
        sum(case when s.five_class = 'special_mention' then s.balance else 0 end)
            as special_mention_balance,
        sum(s.provision) as provision,
        sum(s.written_off_amount) as written_off,
        sum(case when s.balance > 0 then 1 else 0 end) as loan_count,
        count(distinct case when s.balance > 0 then s.customer_id end) as borrower_count
    from scoped as s
    group by s.scope, s.month_end
)
select
    c.authority,
    c.month_end,
    c.item,
    c.scope,
    cast(c.value as double precision) as stated,
    cast(coalesce(
        case c.item
            when 'loan_balance' then s.loan_balance
            when 'npl_balance' then s.npl_balance
            when 'special_mention_balance' then s.special_mention_balance
            when 'provision' then s.provision
            when 'written_off' then s.written_off
            when 'loan_count' then s.loan_count
            when 'borrower_count' then s.borrower_count
        end, 0
    ) as double precision) as found
from control_totals as c
left join sums as s on s.scope = c.scope and s.month_end = c.month_end
where c.month_end >= cast($since as date) and c.month_end <= cast($as_of as date)
order by
    c.month_end desc, case when c.scope = 'ALL' then 0 else 1 end, c.scope, c.authority, c.item
