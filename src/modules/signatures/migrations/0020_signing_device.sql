-- Keys that never come here: of an officer's own token or of a remote service only the certificates are kept.
alter table key alter column pkcs12 drop not null;
alter table key add column chain_pem text;
alter table key add column algorithm text;
alter table key add constraint key_somewhere check ((pkcs12 is null) = (chain_pem is not null and algorithm is not null));

-- What waits to be signed on a device: bound to a person, a document and a digest, used once, good for minutes. The
-- bearer of the code may read it and hand in a signature that the person's certificate verifies; nothing else.
create table signing_request (
  id uuid primary key,
  org_id uuid not null,
  person_id uuid not null,
  -- SHA-256 of the code; the requests of one code are shown to the device in their order.
  code_hash bytea not null,
  position int not null,
  act text not null,
  ref text not null,
  title text not null,
  -- Octets to sign.
  tbs bytea not null,
  -- Null where the certificate is only being enrolled.
  key_id uuid references key (id),
  -- The file that is signed, and what is appended to it: the signature's place still empty.
  original_hash text,
  tail bytea,
  contents_start int,
  contents_end int,
  digest bytea,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  signed_at timestamptz
);
create index signing_request_by_code on signing_request (org_id, code_hash);
alter table signing_request enable row level security;
create policy own on signing_request
  using (org_id = kernel.current_org()) with check (org_id = kernel.current_org());
