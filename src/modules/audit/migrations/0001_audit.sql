-- Who did, and who read, what, when, on whose behalf. Never changed, never deleted.
create table entry (
  id bigint generated always as identity primary key,
  org_id uuid not null,
  at timestamptz not null,
  actor_kind text not null,
  actor_id text not null,
  actor_name text not null,
  actor_post text,
  action text not null,
  object text not null,
  detail jsonb not null
);
create index entry_by_object on entry (org_id, object, id);
alter table entry enable row level security;
create policy own on entry using (org_id = kernel.current_org()) with check (org_id = kernel.current_org());
revoke update, delete on entry from phigiay_app;
