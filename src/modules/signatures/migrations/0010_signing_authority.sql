-- Who may sign in another's stead, by which decision, from when to when (Decree 30/2020 Art. 13). Rows are never
-- changed but for their revocation, which says from which day on it counts and when it was recorded.
create table signing_authority (
  id uuid primary key,
  org_id uuid not null,
  person_id uuid not null,
  person_name text not null,
  post text not null,
  capacity text not null check (capacity in ('KT.', 'TL.', 'TUQ.', 'Q.')),
  -- Codes of document types and units whose documents; empty: all.
  types text[] not null,
  units uuid[] not null,
  basis text not null,
  valid_from date not null,
  -- The last day.
  valid_to date,
  granted_by_id text not null,
  granted_by_name text not null,
  granted_at timestamptz not null,
  -- The first day on which it no longer counts.
  revoked_from date,
  revoked_at timestamptz,
  revoked_by_name text,
  revoked_reason text,
  check (valid_to is null or valid_to >= valid_from),
  check ((revoked_at is null) = (revoked_from is null) and (revoked_at is null) = (revoked_by_name is null))
);
create index signing_authority_by_person on signing_authority (org_id, person_id);
alter table signing_authority enable row level security;
create policy own on signing_authority
  using (org_id = kernel.current_org()) with check (org_id = kernel.current_org());
revoke delete on signing_authority from phigiay_app;
