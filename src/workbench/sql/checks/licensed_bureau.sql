-- Third-party credit items about natural persons come through a licensed bureau.
select
    'third_party_items' as table_name, t.item_id as row_key,
    t.item_code || case
        when t.licensed_bureau is null then ' of a supplier not known to be licensed'
        else ' of a supplier without licence'
    end as found,
    'licensed bureau' as expected
from third_party_items as t
join customers as c on c.customer_id = t.customer_id
where position(',' || c.customer_type || ',' in $natural_persons) > 0
    and position(',' || t.item_code || ',' in $credit_items) > 0
    and coalesce(t.licensed_bureau, false) = false
order by t.item_id
