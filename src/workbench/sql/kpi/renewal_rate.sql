-- RENEWAL_RATE 续贷率: of facilities that fell due, those renewed within $renewal_days days. Each counts once,
-- with its last loan that fell due; a loan without a facility stands for itself. The window lies so many days
-- earlier that all of them are over at $to. A new loan that repays the old one (借新还旧) is shown apart, in
-- RENEWAL_REFINANCED; an extension is no renewal. Loans sold before their last day are left out.
with
due as (
    select l.loan_id, l.matures_on,
        row_number() over (
            partition by coalesce('facility ' || l.facility_id, 'loan ' || l.loan_id)
            order by l.matures_on desc, l.loan_id desc
        ) as place
    from loans as l
    where l.matures_on > cast($from as date) - cast($renewal_days as integer)
        and l.matures_on <= cast($to as date) - cast($renewal_days as integer)
        and not (
            coalesce(l.close_type, 'open') = 'transferred'
            and coalesce(l.closed_on, cast('9999-12-31' as date)) <= l.matures_on
        )
),
followed as (
    select d.loan_id,
        max(case when coalesce(n.renewal_type, 'new') = 'refinancing' then 1 else 0 end) as swapped,
        max(case
            when coalesce(n.renewal_type, 'new') not in ('refinancing', 'extension') then 1 else 0
        end) as renewed
    from due as d
    inner join loans as n on n.renewal_of_loan_id = d.loan_id
    where d.place = 1 and n.disbursed_on <= d.matures_on + cast($renewal_days as integer)
    group by d.loan_id
),
sums as (
    select sum(coalesce(f.renewed, 0)) as part, count(*) as whole
    from due as d
    left join followed as f on f.loan_id = d.loan_id
    where d.place = 1
)
select
    cast(s.part as double precision) / nullif(cast(s.whole as double precision), 0) as value,
    cast(s.part as double precision) as numerator,
    cast(s.whole as double precision) as denominator,
    s.whole as base
from sums as s
