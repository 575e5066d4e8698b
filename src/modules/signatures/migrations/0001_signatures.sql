-- Keys in custody. The PKCS#12 is protected by the holder's PIN; the server does not know it.
create table key (
  id uuid primary key,
  org_id uuid not null,
  kind text not null check (kind in ('officer', 'seal', 'agency')),
  person_id uuid,
  label text not null,
  certificate_pem text not null,
  -- base64url SHA-256 of the certificate (DER).
  key_id text not null,
  pkcs12 bytea not null,
  wrong_pins int not null default 0,
  locked_at timestamptz,
  created_at timestamptz not null,
  retired_at timestamptz,
  check ((kind = 'officer') = (person_id is not null))
);
create unique index key_in_use on key (org_id, kind, coalesce(person_id, '00000000-0000-0000-0000-000000000000'))
  where retired_at is null;
alter table key enable row level security;
create policy own on key using (org_id = kernel.current_org()) with check (org_id = kernel.current_org());
revoke delete on key from phigiay_app;
