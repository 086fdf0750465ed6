-- Complaints received after $from up to $to by what they are about, as known at $as_of: how many, closed and upheld,
-- repeated, and late (closed after their time, or open beyond it).
select
    c.category,
    count(*) as complaints,
    sum(case when c.upheld and c.closed_at < cast($as_of as date) + interval '1' day then 1 else 0 end)
        as upheld,
    sum(case when c.repeated then 1 else 0 end) as repeated,
    sum(case
        when c.closed_at < cast($as_of as date) + interval '1' day and c.closed_at > c.due_at then 1
        when (c.closed_at is null or c.closed_at >= cast($as_of as date) + interval '1' day)
            and c.due_at < cast($as_of as date) + interval '1' day then 1
        else 0
    end) as too_late
from complaints as c
where c.received_at >= cast($from as date) + interval '1' day
    and c.received_at < cast($to as date) + interval '1' day
group by c.category
order by c.category
