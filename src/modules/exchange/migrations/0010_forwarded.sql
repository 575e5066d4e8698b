-- The letter was written to a body that has ended, and reached whoever answers for it: {code, name, basis, on, toCode,
-- toName}; at the sender's also the heir's id, {toOrg}.
alter table inbox add column forwarded jsonb;
alter table outbox_recipient add column forwarded jsonb;
