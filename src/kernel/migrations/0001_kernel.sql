-- The organisation whose rows this transaction may touch; null when none: policies then match nothing.
create function current_org() returns uuid language sql stable
  as $$ select nullif(current_setting('app.org', true), '')::uuid $$;
grant execute on function current_org() to phigiay_app;

-- The record: what happened, in the transaction in which it happened. Never changed, never deleted.
create table event (
  seq bigint generated always as identity primary key,
  org_id uuid not null,
  stream text not null,
  type text not null,
  payload jsonb not null,
  actor jsonb not null,
  at timestamptz not null
);
create index event_by_stream on event (org_id, stream, seq);
alter table event enable row level security;
create policy own on event using (org_id = current_org()) with check (org_id = current_org());
revoke update, delete on event from phigiay_app;

-- Every command once: the same key gives the first answer again (lesson L10).
create table command (
  org_id uuid not null,
  actor_id text not null,
  key text not null,
  name text not null,
  request_hash text not null,
  response jsonb,
  at timestamptz not null,
  primary key (org_id, actor_id, key)
);
alter table command enable row level security;
create policy own on command using (org_id = current_org()) with check (org_id = current_org());
revoke delete on command from phigiay_app;
