drop table if exists log_floor;
create table log_floor (
  workspace_id {uuid} not null primary key references workspace (id),
  tx bigint not null,
  seq bigint not null
) {clustered};
