-- A node that looks for work does so in no workspace, and sees every job; a request sees its own workspace's.
alter table job enable row level security;
alter table job force row level security;
create policy workspace on job
  using (workspace_id = nullif(current_setting('rapport.workspace', true), '')::uuid
    or coalesce(current_setting('rapport.workspace', true), '') = '')
  with check (workspace_id = nullif(current_setting('rapport.workspace', true), '')::uuid
    or coalesce(current_setting('rapport.workspace', true), '') = '');
