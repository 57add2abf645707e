-- The rows that are there are about no opportunity, so that nothing has to be looked through while a table is locked.
alter table task
  add column opportunity_id uuid,
  add constraint task_opportunity_id_fkey foreign key (workspace_id, opportunity_id)
    references opportunity (workspace_id, id) not valid;
alter table interaction
  add column opportunity_id uuid,
  add constraint interaction_opportunity_id_fkey foreign key (workspace_id, opportunity_id)
    references opportunity (workspace_id, id) not valid;
