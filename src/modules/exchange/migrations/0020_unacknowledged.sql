-- Few at any time: what has arrived and of which we do not know yet that the axis knows it.
create index inbox_unacknowledged on inbox (org_id) where acknowledged_at is null;
