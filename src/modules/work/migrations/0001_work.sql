-- Work on one incoming document as its events give it (doc), and a line for each piece of work to find it by.
create table document (
  org_id uuid not null,
  incoming_id uuid primary key,
  doc jsonb not null
);
create table assignment (
  org_id uuid not null,
  id uuid primary key,
  incoming_id uuid not null,
  role text not null check (role in ('lead', 'coordinate', 'inform')),
  state text not null,
  assignee_kind text not null,
  assignee_id uuid not null,
  at timestamptz not null
);
create index assignment_by_document on assignment (org_id, incoming_id);
create index assignment_to_know on assignment (org_id, assignee_kind, assignee_id, at, id)
  where role = 'inform' and state = 'offered';

-- Who held what from when until when. The database itself allows one open holder for a branch (lesson L2).
create table custody (
  org_id uuid not null,
  id bigint generated always as identity primary key,
  -- 'incoming:<id>' or 'outgoing:<id>'
  ref text not null,
  branch text not null,
  holder_kind text not null,
  holder_id text not null,
  holder_label text not null,
  since timestamptz not null,
  until timestamptz,
  -- Accepted and in work, as against waiting to be taken up.
  working boolean not null,
  assignment_id uuid,
  due timestamptz,
  -- When the document came into the house: old debts come first (lesson L9).
  document_at timestamptz not null
);
create unique index custody_one_holder on custody (org_id, ref, branch) where until is null;
create index custody_by_ref on custody (org_id, ref, branch, since);
create index custody_open on custody (org_id, document_at, id) where until is null;
create index custody_by_holder on custody (org_id, holder_kind, holder_id, document_at, id) where until is null;
create index custody_done on custody (org_id, holder_kind, holder_id, until desc) where until is not null;
revoke delete on custody from phigiay_app;

do $$ declare name text; begin
  foreach name in array array['document', 'assignment', 'custody'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy own on %I using (org_id = kernel.current_org())
      with check (org_id = kernel.current_org())', name);
  end loop;
end $$;
