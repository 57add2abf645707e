alter table "{table}" enable row level security;
alter table "{table}" force row level security;
drop policy if exists workspace on "{table}";
create policy workspace on "{table}"
  using (workspace_id = nullif(current_setting('rapport.workspace', true), '')::uuid)
  with check (workspace_id = nullif(current_setting('rapport.workspace', true), '')::uuid);
