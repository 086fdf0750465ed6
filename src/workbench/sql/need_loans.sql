-- One row per loan of a private customer or business owner that is owed at $as_of: what is left to pay and at which
-- rate, whether the rate may rise before it ends, and the value of its security.
with
secured as (
    select
        c.loan_id,
        sum(cast(c.appraised_value as double precision)) as security_value
    from collaterals as c
    where c.appraised_on <= cast($as_of as date)
    group by c.loan_id
)
select
    l.loan_id,
    l.customer_id,
    p.product_type,
    cast(m.balance as double precision) as balance,
    m.rate,
    case when l.rate_type = 'floating' then 1 else 0 end as floating,
    case when l.repayment_method = 'interest_only_bullet' then 1 else 0 end as bullet,
    greatest(
        (extract(year from l.matures_on) - extract(year from cast($as_of as date))) * 12
        + extract(month from l.matures_on) - extract(month from cast($as_of as date)), 1
    ) as months_left,
    s.security_value
from loans as l
inner join customers as c on c.customer_id = l.customer_id
inner join products as p on p.product_id = l.product_id
inner join loan_months as m
    on m.loan_id = l.loan_id and m.month_end = cast($as_of as date)
left join secured as s on s.loan_id = l.loan_id
where m.balance > 0 and c.customer_type <> 'corporate'
order by l.loan_id
