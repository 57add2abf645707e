alter table "{table}" enable row level security;
alter table "{table}" force row level security;
create policy workspace on "{table}"
  using (workspace_id = nullif(current_setting('rapport.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('rapport.workspace', true), '')::uuid);
