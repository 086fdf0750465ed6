-- Customers on $as_of that agree in every attribute which two entries of one customer share: one row per group, ordered.
-- No customer is named; education, which entries of one customer often give differently, is not compared.
select
    c.customer_type, c.gender, c.birth_year, c.marital_status, c.occupation_class,
    c.housing_status, c.founded_year, c.ownership_type, c.industry_code,
    count(*) as customers
from customers as c
where c.opened_on <= cast($as_of as date)
    and (c.closed_on is null or c.closed_on > cast($as_of as date))
group by
    c.customer_type, c.gender, c.birth_year, c.marital_status, c.occupation_class,
    c.housing_status, c.founded_year, c.ownership_type, c.industry_code
order by
    c.customer_type, c.gender, c.birth_year, c.marital_status, c.occupation_class,
    c.housing_status, c.founded_year, c.ownership_type, c.industry_code
