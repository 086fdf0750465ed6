-- PRICE_DEVIATION 较指导利率偏离: mean of spread less list spread, of loans disbursed after $from up to $to. The
-- list is that of the day, for product, grade, amount, term and base rate. Where two bands meet, the lower
-- one, so that no loan counts twice.
with
made as (
    select l.*,
        (extract(year from l.matures_on) - extract(year from l.disbursed_on)) * 12
            + extract(month from l.matures_on) - extract(month from l.disbursed_on) as months
    from loans as l
    where l.disbursed_on > cast($from as date) and l.disbursed_on <= cast($to as date)
        and l.spread_bp is not null
),
priced as (
    select l.loan_id, l.spread_bp - p.spread_bp as deviation,
        row_number() over (
            partition by l.loan_id
            order by p.valid_from desc, p.amount_from desc, p.term_from_m, p.price_id
        ) as place
    from made as l
    inner join price_list as p
        on p.product_id = l.product_id and p.risk_grade = l.risk_grade_at_origination
    where l.principal >= p.amount_from
        and (p.amount_to is null or l.principal < p.amount_to)
        and l.months >= p.term_from_m
        and (p.term_to_m is null or l.months <= p.term_to_m)
        and l.disbursed_on >= p.valid_from
        and (p.valid_to is null or l.disbursed_on <= p.valid_to)
        and (l.base_rate_code is null or l.base_rate_code = p.base_rate_code)
),
sums as (
    select sum(p.deviation) as part, count(*) as whole
    from priced as p
    where p.place = 1
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
