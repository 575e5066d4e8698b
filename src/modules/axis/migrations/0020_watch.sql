-- For the axis's watch board: who has not fetched what since when. No title, no document: the operator sees that a
-- delivery waits, not what it is.
create function open_deliveries(most integer)
  returns table (sender_code text, recipient_code text, recipient_name text, kind text, urgency smallint,
    state text, queued_at timestamptz, log_index bigint)
  language sql stable security definer set search_path = axis, pg_temp as $$
  select e.sender_code, d.recipient_code, d.recipient_name, d.kind, d.urgency, d.state, d.queued_at, d.log_index
  from delivery d join envelope e on e.id = d.envelope_id
  where d.state in ('queued', 'fetched') order by d.urgency desc, d.log_index limit most
$$;
revoke execute on function open_deliveries(integer) from public;
grant execute on function open_deliveries(integer) to phigiay_app;
-- What waits at all, whoever it is for.
create index delivery_open on delivery (urgency desc, log_index) where state in ('queued', 'fetched');
