-- Copies of documents with the agency's signature; one sequence of numbers a year for all forms (Decree 30/2020).
create table copy (
  id uuid primary key,
  org_id uuid not null,
  kind text not null check (kind in ('outgoing', 'incoming')),
  document_id uuid not null,
  form text not null check (form in ('SY', 'SL', 'TrS')),
  year int not null,
  value int not null check (value > 0),
  notation text not null,
  file_id uuid not null,
  purpose text not null,
  authoriser jsonb not null,
  by_name text not null,
  at timestamptz not null,
  unique (org_id, year, value)
);
create index copy_by_document on copy (org_id, document_id);
alter table copy enable row level security;
create policy own on copy using (org_id = kernel.current_org()) with check (org_id = kernel.current_org());
revoke update, delete on copy from phigiay_app;
