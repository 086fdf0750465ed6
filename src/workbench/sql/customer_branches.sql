-- Branches that customers belong to, in the order of their ids.
select
    b.branch_id,
    b.branch_name
from branches as b
where exists (select 1 from customers as c where c.branch_id = b.branch_id)
order by b.branch_id
