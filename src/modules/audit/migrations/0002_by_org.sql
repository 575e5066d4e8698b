-- The journal of an organisation is read newest first, without naming an object.
create index entry_by_org on entry (org_id, id);
