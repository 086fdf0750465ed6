-- What each customer of the bank holds at $day: one row per customer and thing held. A kind of loan is held while a loan of
-- it runs; services are told from the newest month of the account: salary paid in, online (at least $logins logins), wealth
-- (assets beyond deposits of at least $wealth yuan).
with
here as (
    select c.customer_id from customers as c
    where c.opened_on <= cast($day as date)
        and (c.closed_on is null or c.closed_on > cast($day as date))
),
newest as (
    select max(a.month_end) as month_end
    from account_months as a where a.month_end <= cast($day as date)
),
used as (
    select a.* from account_months as a inner join newest as n on n.month_end = a.month_end
)
select distinct h.customer_id, p.product_type as held
from here as h
inner join loans as l on l.customer_id = h.customer_id
inner join products as p on p.product_id = l.product_id
where l.disbursed_on <= cast($day as date)
    and (l.closed_on is null or l.closed_on > cast($day as date))
union all
select h.customer_id, 'payroll' as held
from here as h inner join used as u on u.customer_id = h.customer_id
where u.payroll_flag
union all
select h.customer_id, 'online' as held
from here as h inner join used as u on u.customer_id = h.customer_id
where u.digital_logins >= cast($logins as integer)
union all
select h.customer_id, 'wealth' as held
from here as h inner join used as u on u.customer_id = h.customer_id
where u.aum_avg - u.deposit_avg >= cast($wealth as double precision)
order by 1, 2
