-- One row per loan disbursed in the $months months up to $as_of: its terms, what was known of the customer that day
-- (newest assessment, recorded deposits of the twelve months before, all loans and lines), the prime rate and the
-- list price of the day, and how its price was approved. Nothing here was known later than the loan was made.
with
made as (
    select
        l.*,
        (extract(year from l.matures_on) - extract(year from l.disbursed_on)) * 12
            + extract(month from l.matures_on) - extract(month from l.disbursed_on) as term
    from loans as l
    where l.disbursed_on <= cast($as_of as date)
        and l.disbursed_on > cast($as_of as date) - cast($months as integer) * interval '1' month
),
assessed as (
    select
        m.loan_id, a.pd_12m, a.lgd,
        row_number() over (
            partition by m.loan_id order by a.assessed_on desc, a.assessment_id desc
        ) as place
    from made as m
    inner join risk_assessments as a
        on a.customer_id = m.customer_id and a.assessed_on <= m.disbursed_on
),
owing as (
    select
        m.loan_id,
        sum(cast(o.principal as double precision)) as owed,
        sum(cast(coalesce(f.credit_limit, o.principal) as double precision)) as line,
        max(case when p.product_type = 'mortgage' then 1 else 0 end) as housed
    from made as m
    inner join loans as o
        on o.customer_id = m.customer_id
        and o.disbursed_on <= m.disbursed_on
        and (o.closed_on is null or o.closed_on > m.disbursed_on)
    left join facilities as f on f.facility_id = o.facility_id and f.revolving
    left join products as p on p.product_id = o.product_id
    group by m.loan_id
),
deposits as (
    select
        m.loan_id,
        count(d.deposit_avg) as deposit_months,
        avg(cast(d.deposit_avg as double precision)) as deposits
    from made as m
    inner join account_months as d
        on d.customer_id = m.customer_id
        and d.month_end <= m.disbursed_on
        and d.month_end > m.disbursed_on - interval '12' month
    group by m.loan_id
),
pledged as (
    select
        m.loan_id,
        sum(cast(k.appraised_value as double precision)
            - coalesce(cast(k.prior_claims as double precision), 0)) as security_value
    from made as m
    inner join collaterals as k on k.loan_id = m.loan_id and k.appraised_on <= m.disbursed_on
    group by m.loan_id
),
prime as (
    select
        s.series_code, s.value, coalesce(s.published_on, s.period_end) as since,
        lead(coalesce(s.published_on, s.period_end)) over (
            partition by s.series_code order by s.period_end
        ) as until
    from market_series as s
    where s.series_code in ('LPR1Y', 'LPR5Y')
        and s.industry_code = 'ALL' and s.region_code = 'ALL' and s.size_class = 'ALL'
),
listed as (
    select
        m.loan_id, p.spread_bp as list_bp, p.base_rate_code as list_base, p.fee_rate,
        row_number() over (
            partition by m.loan_id
            order by p.valid_from desc, p.amount_from desc, p.term_from_m, p.price_id
        ) as place
    from made as m
    inner join price_list as p
        on p.product_id = m.product_id and p.risk_grade = m.risk_grade_at_origination
    where m.principal >= p.amount_from
        and (p.amount_to is null or m.principal < p.amount_to)
        and m.term >= p.term_from_m
        and (p.term_to_m is null or m.term <= p.term_to_m)
        and m.disbursed_on >= p.valid_from
        and (p.valid_to is null or m.disbursed_on <= p.valid_to)
        and (m.base_rate_code is null or m.base_rate_code = p.base_rate_code)
)
select
    m.loan_id,
    m.customer_id,
    m.branch_id,
    m.product_id,
    p.product_type,
    case
        when c.customer_type = 'corporate' then coalesce(c.size_class, 'not_covered')
        when c.customer_type = 'business_owner' then 'business_owner'
        when p.product_type = 'mortgage' then 'mortgage'
        else 'consumer'
    end as segment,
    c.gender,
    c.birth_year,
    a.channel,
    m.disbursed_on,
    cast(m.term as integer) as term,
    cast(m.principal as double precision) as principal,
    m.rate_type,
    m.reprice_months,
    m.repayment_method,
    m.main_security,
    m.risk_grade_at_origination as grade,
    s.pd_12m as pd,
    s.lgd,
    o.owed,
    o.line,
    d.deposit_months,
    d.deposits,
    v.security_value,
    m.rate_at_origination as rate,
    q.value as prime,
    t.list_bp,
    t.list_base,
    coalesce(t.fee_rate, 0) as fee_rate,
    a.price_approval,
    a.price_test
from made as m
inner join customers as c on c.customer_id = m.customer_id
left join products as p on p.product_id = m.product_id
left join assessed as s on s.loan_id = m.loan_id and s.place = 1
left join owing as o on o.loan_id = m.loan_id
left join deposits as d on d.loan_id = m.loan_id
left join pledged as v on v.loan_id = m.loan_id
left join listed as t on t.loan_id = m.loan_id and t.place = 1
left join applications as a on a.application_id = m.application_id
left join prime as q
    on q.series_code = case when m.term > 60 then 'LPR5Y' else 'LPR1Y' end
    and m.disbursed_on >= q.since
    and (q.until is null or m.disbursed_on < q.until)
order by m.loan_id
