-- The rows that are there have no stage, so that nothing has to be looked through while the table is locked.
alter table customer
  add column stage_id uuid,
  add column stage_since timestamptz,
  add constraint customer_stage_id_fkey foreign key (workspace_id, stage_id)
    references lifecycle_stage (workspace_id, id) not valid;
