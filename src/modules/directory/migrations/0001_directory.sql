-- Bodies of the state: a stable id, never reused. Shared by all: who they are is public.
create table organisation (
  id uuid primary key,
  created_at timestamptz not null
);

-- What a body was called, which codes it had and whom it stood under, in valid time (what was true) and in recorded
-- time (what we knew). A row is never changed but for the end of its recorded time.
create table org_version (
  id uuid primary key,
  organisation_id uuid not null references organisation,
  name text not null,
  name_folded text not null,
  code text not null,
  code102 text not null,
  parent_id uuid references organisation,
  level text not null,
  valid_from date not null,
  valid_to date,
  recorded_from timestamptz not null,
  recorded_to timestamptz,
  check (valid_to is null or valid_to > valid_from),
  check (recorded_to is null or recorded_to >= recorded_from)
);
create index org_version_by_org on org_version (organisation_id);
create index org_version_by_code on org_version (upper(code)) where recorded_to is null;
create index org_version_by_code102 on org_version (upper(code102)) where recorded_to is null;
create index org_version_by_parent on org_version (parent_id) where recorded_to is null;
revoke delete on org_version, organisation from phigiay_app;

-- The bodies whose office runs in this installation.
create table hosted (
  organisation_id uuid primary key references organisation
);

create table unit (
  id uuid primary key,
  org_id uuid not null references organisation,
  name text not null,
  abbreviation text not null,
  parent_id uuid references unit,
  position int not null default 0,
  unique (org_id, name)
);
create table post (
  id uuid primary key,
  org_id uuid not null references organisation,
  unit_id uuid not null references unit,
  title text not null,
  is_head boolean not null default false,
  unique (org_id, unit_id, title)
);
create table appointment (
  id uuid primary key,
  org_id uuid not null references organisation,
  person_id uuid not null,
  post_id uuid not null references post,
  valid_from date not null,
  valid_to date,
  basis text not null,
  recorded_at timestamptz not null,
  check (valid_to is null or valid_to > valid_from)
);
create index appointment_by_person on appointment (org_id, person_id);

alter table unit enable row level security;
alter table post enable row level security;
alter table appointment enable row level security;
create policy own on unit using (org_id = kernel.current_org()) with check (org_id = kernel.current_org());
create policy own on post using (org_id = kernel.current_org()) with check (org_id = kernel.current_org());
create policy own on appointment using (org_id = kernel.current_org()) with check (org_id = kernel.current_org());
