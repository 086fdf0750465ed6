-- 13 A warning names a version of a rule that was valid when it was raised.
select
    'warnings' as table_name, w.warning_id as row_key, cast(w.raised_at as varchar) as found,
    case
        when r.rule_id is null
            then 'no rule ' || w.rule_id || ' version ' || cast(w.rule_version as varchar)
        else cast(r.valid_from as varchar) || ' to ' || coalesce(cast(r.valid_to as varchar), '…')
    end as expected
from warnings as w
left join warning_rules as r on r.rule_id = w.rule_id and r.rule_version = w.rule_version
where r.rule_id is null
    or cast(w.raised_at as date) < r.valid_from
    or cast(w.raised_at as date) > r.valid_to
order by w.warning_id
