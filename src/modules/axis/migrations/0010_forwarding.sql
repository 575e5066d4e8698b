-- A letter to a code that has ended reaches whoever answers for it: {code, name, basis, on, toCode, toName}.
alter table delivery add column forwarded jsonb;
-- A body may hold a letter twice: once as itself, once for a body that it took over. Its exchange enters it once.
alter table delivery drop constraint delivery_envelope_id_recipient_org_key;
alter table delivery add constraint delivery_once unique (envelope_id, recipient_code);

-- Notes of the batch that holds the lock: [{delivery, note}].
create function note_forwarded(notes jsonb) returns void
  language sql security definer set search_path = axis, pg_temp as $$
  update delivery d set forwarded = n.note from jsonb_to_recordset(notes) n(delivery uuid, note jsonb)
    where d.id = n.delivery
$$;

-- Hands the open deliveries of bodies that have ended to their heirs: [{from, to, note}]. Takes the lock of a batch,
-- because every change of a delivery has a number without gaps. Nothing is copied and nothing ends here.
create function forward_deliveries(moves jsonb, at timestamptz) returns bigint
  language plpgsql security definer set search_path = axis, pg_temp as $$
declare
  first bigint;
  moved bigint;
begin
  if not exists (select from delivery d join jsonb_to_recordset(moves) m("from" uuid) on d.recipient_org = m."from"
      where d.state in ('queued', 'fetched')) then
    return 0;
  end if;
  select next_change into first from head for update;
  with open as (
    select d.id, m."to", m.note, first - 1 + row_number() over (order by d.log_index, d.id) as change
    from jsonb_to_recordset(moves) m("from" uuid, "to" uuid, note jsonb)
    join delivery d on d.recipient_org = m."from" and d.state in ('queued', 'fetched')
  )
  update delivery d set recipient_org = open."to", forwarded = open.note || jsonb_build_object('code', d.recipient_code),
      change = open.change, changed_at = at
    from open where d.id = open.id;
  get diagnostics moved = row_count;
  update head set next_change = first + moved;
  return moved;
end $$;

-- What stands open at bodies, for the dry run of a reorganisation: no titles, no contents.
create function open_deliveries(orgs uuid[], most integer)
  returns table (total bigint, recipient uuid, label text, at timestamptz)
  language sql security definer set search_path = axis, pg_temp as $$
  select count(*) over (), d.recipient_org, e.sender_code || case when e.notation = '' then '' else ' · ' || e.notation end, d.queued_at
  from delivery d join envelope e on e.id = d.envelope_id
  where d.recipient_org = any(orgs) and d.state in ('queued', 'fetched') order by d.queued_at limit most
$$;

revoke execute on function note_forwarded(jsonb), forward_deliveries(jsonb, timestamptz), open_deliveries(uuid[], integer)
  from public;
grant execute on function note_forwarded(jsonb), forward_deliveries(jsonb, timestamptz), open_deliveries(uuid[], integer)
  to phigiay_app;

-- Editions of the directory: numbered without gaps, signed, in the log. `text` is the compact JWS, byte for byte.
create table edition (
  n bigint primary key check (n > 0),
  text text not null,
  hash text not null,
  root text not null,
  revision bigint not null,
  bodies integer not null,
  published_at timestamptz not null,
  log_index bigint not null unique,
  salt bytea not null
);
-- The digest of each body as the last edition left it.
create table edition_body (
  organisation_id uuid primary key,
  digest text not null,
  -- The edition in which it last changed.
  edition bigint not null references edition
);
-- Who runs which edition: by their questions, and by what they said they applied.
create table edition_use (
  subscriber text primary key,
  org_id uuid not null,
  asked bigint not null default 0,
  asked_at timestamptz,
  applied bigint not null default 0,
  applied_at timestamptz,
  -- The root that they computed is not that of their edition.
  diverged boolean not null default false
);
revoke update, delete on edition from phigiay_app;

-- Enters an edition's leaf and the edition in the order of the log; the caller asked for the index with edition_index.
create function edition_index() returns bigint
  language sql security definer set search_path = axis, pg_temp as $$
  select next_index from head for update
$$;
create function edition_entry(index bigint, entry bytea) returns void
  language plpgsql security definer set search_path = axis, pg_temp as $$
begin
  insert into log_entry (index, entry) values (index, entry);
  update head set next_index = index + 1;
end $$;
revoke execute on function edition_index(), edition_entry(bigint, bytea) from public;
grant execute on function edition_index(), edition_entry(bigint, bytea) to phigiay_app;
