-- 4 The five-tier class is not better than the days past due allow; cards have thresholds of their own.
with graded as (
    select
        m.loan_id, m.month_end, m.five_class,
        case m.five_class
            when 'normal' then 0 when 'special_mention' then 1 when 'substandard' then 2
            when 'doubtful' then 3 when 'loss' then 4
        end as own,
        case
            when p.product_type = 'credit_card' then
                case
                    when m.dpd > $card_loss then 4 when m.dpd > $card_doubtful then 3
                    when m.dpd > $card_substandard then 2 when m.dpd > $card_special_mention then 1
                    else 0
                end
            when m.dpd > $loss then 4 when m.dpd > $doubtful then 3
            when m.dpd > $substandard then 2 when m.dpd > $special_mention then 1
            else 0
        end as least
    from loan_months as m
    inner join loans as l on l.loan_id = m.loan_id
    inner join products as p on p.product_id = l.product_id
    where m.month_end >= cast($since as date) and m.balance > 0
)
select
    'loan_months' as table_name, loan_id || ' ' || cast(month_end as varchar) as row_key,
    five_class as found,
    case least
        when 1 then 'special_mention' when 2 then 'substandard'
        when 3 then 'doubtful' when 4 then 'loss'
    end as expected
from graded
where own < least
order by loan_id, month_end
