-- A node that looks for what is due does so in no workspace, and sees every timer; whoever sets one sees their own.
alter table timer enable row level security;
alter table timer force row level security;
create policy workspace on timer
  using (workspace_id = nullif(current_setting('rapport.workspace', true), '')::uuid
    or coalesce(current_setting('rapport.workspace', true), '') = '')
  with check (workspace_id = nullif(current_setting('rapport.workspace', true), '')::uuid);
