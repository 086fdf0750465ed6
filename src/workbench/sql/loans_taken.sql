-- Which kinds of loan customers took after $day and up to $until: one row per customer and kind.
select distinct l.customer_id, p.product_type
from loans as l
inner join products as p on p.product_id = l.product_id
where l.disbursed_on > cast($day as date) and l.disbursed_on <= cast($until as date)
order by 1, 2
