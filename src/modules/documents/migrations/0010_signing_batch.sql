-- A leader's decision to sign many documents at once; each line has its own result, and a stopped batch goes on where
-- it stood.
create table signing_batch (
  id uuid primary key,
  org_id uuid not null,
  person_id uuid not null,
  state text not null check (state in ('waiting', 'running', 'paused', 'done')),
  -- Why it stands still, in both languages.
  cause jsonb,
  created_at timestamptz not null,
  -- When the signer's screen last looked: nobody signs unattended.
  seen_at timestamptz not null
);
create index signing_batch_by_person on signing_batch (org_id, person_id, created_at);
create table signing_batch_item (
  org_id uuid not null,
  batch_id uuid not null references signing_batch,
  position int not null,
  document_id uuid not null,
  state text not null check (state in ('queued', 'signing', 'signed', 'failed', 'skipped')),
  cause jsonb,
  at timestamptz,
  primary key (batch_id, position),
  unique (batch_id, document_id)
);
do $$ declare name text; begin
  foreach name in array array['signing_batch', 'signing_batch_item'] loop
    execute format('alter table %I enable row level security', name);
    execute format('create policy own on %I using (org_id = kernel.current_org())
      with check (org_id = kernel.current_org())', name);
    execute format('revoke delete on %I from phigiay_app', name);
  end loop;
end $$;
