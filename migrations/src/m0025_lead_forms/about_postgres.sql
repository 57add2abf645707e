-- The tasks that are there are about no lead, so that nothing has to be looked through while the table is locked.
alter table task
  add column lead_id uuid,
  add constraint task_lead_id_fkey foreign key (workspace_id, lead_id) references lead (workspace_id, id) not valid;
