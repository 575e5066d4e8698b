-- A code belongs to one body for ever: the primary key refuses a second owner, whatever the program does (S9.6).
create table code (
  code text primary key check (code = upper(code)),
  organisation_id uuid not null references organisation
);
insert into code
  select upper(form.code), version.organisation_id
  from org_version version cross join lateral (values (version.code), (version.code102)) as form (code)
  group by 1, 2;
revoke update, delete on code from phigiay_app;

-- What we know today of one body: its versions never overlap. The extension comes with PostgreSQL, but some packagers
-- leave it out; there the lock under which versions are written must do.
do $$ begin
  create extension if not exists btree_gist with schema directory;
  alter table org_version add constraint org_version_no_overlap
    exclude using gist (organisation_id with =, daterange(valid_from, valid_to) with &&) where (recorded_to is null);
exception when feature_not_supported or undefined_file or insufficient_privilege then
  raise notice 'btree_gist is missing: overlapping versions are refused by the program alone';
end $$;

-- References between rows of organisations stay within one organisation: foreign keys look past row-level security.
alter table unit add constraint unit_of_org unique (org_id, id),
  add constraint unit_parent_of_org foreign key (org_id, parent_id) references unit (org_id, id);
alter table post add constraint post_of_org unique (org_id, id),
  add constraint post_unit_of_org foreign key (org_id, unit_id) references unit (org_id, id);
alter table appointment add constraint appointment_post_of_org foreign key (org_id, post_id) references post (org_id, id);
