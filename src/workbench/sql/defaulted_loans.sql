-- One row per loan that fell into default after the first month the bank has of it, up to $as_of, ordered by loan.
-- Default: more than $overdue_days days past due, classified non-performing, or written off. A loan whose first row is in
-- default is left out, since nobody knows since when. `exposure` is owed at the end of the month of default, or a month
-- before where the loan ended in it. `cured_month` counts from default to the month it performs again, 0 never; `ended`
-- says how the loan was closed by then. Security is what it was appraised at by the day of default, less prior claims.
with performance as (
    select
        m.loan_id, m.month_end, m.balance, m.rate, m.recovered_amount,
        case
            when m.dpd > cast($overdue_days as integer) then 1
            when m.five_class in ('substandard', 'doubtful', 'loss') then 1
            when m.written_off_amount > 0 then 1
            else 0
        end as bad,
        row_number() over (partition by m.loan_id order by m.month_end) as place,
        lag(m.balance) over (partition by m.loan_id order by m.month_end) as before
    from loan_months as m
    where m.month_end <= cast($as_of as date)
),
first_bad as (
    select p.loan_id, min(p.place) as place
    from performance as p
    where p.bad = 1
    group by p.loan_id
),
defaulted as (
    select
        p.loan_id, p.month_end as defaulted_on, p.rate,
        case when p.balance > 0 then p.balance else p.before end as exposure
    from performance as p
    inner join first_bad as f on f.loan_id = p.loan_id and f.place = p.place
    where f.place > 1
),
cured as (
    select d.loan_id, min(p.month_end) as cured_on
    from defaulted as d
    inner join performance as p on p.loan_id = d.loan_id and p.month_end > d.defaulted_on
    where p.bad = 0 and p.balance > 0
    group by d.loan_id
),
appraised as (
    select
        k.loan_id, k.appraised_value, k.prior_claims,
        row_number() over (
            partition by k.loan_id, k.collateral_id
            order by k.appraised_on desc
        ) as newest
    from collaterals as k
    inner join defaulted as d on d.loan_id = k.loan_id and k.appraised_on <= d.defaulted_on
),
secured as (
    select a.loan_id, sum(a.appraised_value - coalesce(a.prior_claims, 0)) as security_value
    from appraised as a
    where a.newest = 1
    group by a.loan_id
)
select
    d.loan_id,
    l.customer_id,
    case
        when c.customer_type = 'corporate' then coalesce(c.size_class, 'not_covered')
        when c.customer_type = 'business_owner' then 'business_owner'
        when p.product_type = 'mortgage' then 'mortgage'
        else 'consumer'
    end as segment,
    l.main_security,
    d.defaulted_on,
    cast(d.exposure as double precision) as exposure,
    cast(d.rate as double precision) as rate,
    cast((extract(year from cast($as_of as date)) - extract(year from d.defaulted_on)) * 12
        + extract(month from cast($as_of as date)) - extract(month from d.defaulted_on)
        as integer) as observed_months,
    cast(coalesce(
        (extract(year from q.cured_on) - extract(year from d.defaulted_on)) * 12
        + extract(month from q.cured_on) - extract(month from d.defaulted_on), 0
    ) as integer) as cured_month,
    case when l.closed_on <= cast($as_of as date) then l.close_type end as ended,
    cast(coalesce(s.security_value, 0) as double precision) as security_value
from defaulted as d
inner join loans as l on l.loan_id = d.loan_id
left join customers as c on c.customer_id = l.customer_id
left join products as p on p.product_id = l.product_id
left join cured as q on q.loan_id = d.loan_id
left join secured as s on s.loan_id = d.loan_id
where d.exposure > 0
order by d.loan_id
