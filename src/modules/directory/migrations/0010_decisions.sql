-- A reorganisation decision: a set of events with one effective day. Whoever prepares it and whoever signs it off are
-- two people; once signed its content stands for ever, and only a later decision corrects it.
create table decision (
  id uuid primary key,
  -- The organisation whose office keeps it.
  org_id uuid not null references organisation,
  number text not null,
  title text not null,
  effective date not null,
  events jsonb not null,
  state text not null check (state in ('draft', 'checked', 'signed', 'effective', 'cancelled')),
  corrects uuid references decision,
  created_by jsonb not null,
  created_at timestamptz not null,
  -- What the checker saw: the directory must still give the same plan when it is signed.
  plan_hash text,
  checked_by jsonb,
  checked_at timestamptz,
  signed_by jsonb,
  signed_at timestamptz,
  cancelled_by jsonb,
  cancelled_at timestamptz,
  cancel_reason text,
  -- When its consequences (open deliveries, handovers) were carried out.
  effective_at timestamptz,
  check (state in ('draft', 'checked', 'cancelled') or (signed_at is not null and signed_by ->> 'id' <> created_by ->> 'id'))
);
create index decision_by_state on decision (state, effective);
revoke delete on decision from phigiay_app;
alter table decision enable row level security;
-- Drafts are their office's own; what is signed is public.
create policy seen on decision for select using (signed_at is not null or org_id = kernel.current_org());
create policy added on decision for insert with check (org_id = kernel.current_org());
create policy changed on decision for update
  using (org_id = kernel.current_org()) with check (org_id = kernel.current_org());

create function keep_signed() returns trigger language plpgsql as $$
begin
  if old.signed_at is not null and (new.number, new.title, new.effective, new.events, new.corrects, new.plan_hash,
      new.created_by, new.created_at, new.signed_by, new.signed_at) is distinct from (old.number, old.title,
      old.effective, old.events, old.corrects, old.plan_hash, old.created_by, old.created_at, old.signed_by, old.signed_at) then
    raise exception 'a signed decision is never changed' using constraint = 'decision_is_kept';
  end if;
  if old.state in ('effective', 'cancelled') and new.state <> old.state then
    raise exception 'a decision that has ended keeps its state' using constraint = 'decision_is_kept';
  end if;
  return new;
end $$;
create trigger keep_signed before update on decision for each row execute function keep_signed();

-- Which decision wrote a version, and which one took it back.
alter table org_version add column decision_id uuid references decision, add column superseded_by uuid references decision;
create index org_version_by_decision on org_version (decision_id) where decision_id is not null;
create index org_version_superseded on org_version (superseded_by) where superseded_by is not null;

-- Who answers for a body that has ended. Letters to it go to the one heir marked so; its work by field.
create table succession (
  id uuid primary key,
  from_org uuid not null references organisation,
  to_org uuid not null references organisation,
  kind text not null check (kind in ('merge', 'split', 'dissolve', 'keep')),
  fields text[] not null default '{}',
  letters boolean not null,
  effective date not null,
  decision_id uuid not null references decision,
  recorded_from timestamptz not null,
  recorded_to timestamptz,
  superseded_by uuid references decision,
  check (from_org <> to_org)
);
create unique index succession_letters on succession (from_org, effective) where letters and recorded_to is null;
create index succession_from on succession (from_org) where recorded_to is null;
create index succession_to on succession (to_org) where recorded_to is null;
revoke delete on succession from phigiay_app;

-- Grows with every change: whoever follows the directory asks for this one number.
create table revision (one boolean primary key default true check (one), n bigint not null);
insert into revision (n) values (0);
revoke insert, delete on revision from phigiay_app;

-- Work that was open when its body ended, and who has it now.
create table handover (
  id uuid primary key,
  decision_id uuid not null references decision,
  from_org uuid not null references organisation,
  to_org uuid not null references organisation,
  kind text not null,
  ref text not null,
  label text not null,
  field text,
  at timestamptz not null,
  unique (decision_id, kind, ref)
);
create index handover_to on handover (to_org, at);
alter table handover enable row level security;
create policy parties on handover for select using (from_org = kernel.current_org() or to_org = kernel.current_org());
create policy added on handover for insert with check (from_org = kernel.current_org());
revoke update, delete on handover from phigiay_app;

-- A code that was never in force on any day may be given out again: a decision cancelled before its day leaves nothing
-- but its record (S9.7). Every other code stays its owner's for ever.
create function release_codes(codes text[]) returns integer
  language sql security definer set search_path = directory, pg_temp as $$
  with gone as (
    delete from code c where c.code = any(codes) and not exists (
      select from org_version v where v.organisation_id = c.organisation_id
        and (upper(v.code) = c.code or upper(v.code102) = c.code)
        and (v.recorded_to is null or v.valid_from <= (v.recorded_to at time zone 'Asia/Ho_Chi_Minh')::date))
    returning 1)
  select count(*)::int from gone
$$;
revoke execute on function release_codes(text[]) from public;
grant execute on function release_codes(text[]) to phigiay_app;
