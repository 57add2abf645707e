create table play (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  description {text},
  enabled boolean not null,
  active_since {time},
  "trigger" {json} not null,
  condition {json},
  actions {json} not null,
  quiet_hours {json},
  owner_id {uuid},
  planned_until {time},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, owner_id) references "user" (workspace_id, id)
) {clustered};
create unique index play_name on play (workspace_id, name) where deleted_at is null;
create index play_created on play (workspace_id, created_at, id);
create index play_owner on play (workspace_id, owner_id) where owner_id is not null;

create table play_run (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  play_id {uuid} not null,
  customer_id {uuid} not null,
  occasion {text} not null,
  occurred_at {time} not null,
  due_at {time} not null,
  status {text} not null,
  reason {text},
  problem {text},
  attempts integer not null,
  ended_at {time},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, play_id) references play (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id)
) {clustered};
create unique index play_run_occasion on play_run (workspace_id, play_id, customer_id, occasion);
create index play_run_play on play_run (workspace_id, play_id, created_at, id);
create index play_run_waiting on play_run (workspace_id, play_id, updated_at) where status = 'waiting';
create index play_run_customer on play_run (workspace_id, customer_id, created_at, id);
create index play_run_created on play_run (workspace_id, created_at, id);

-- Nobody has one yet, so no row is touched.
alter table customer add column time_zone {text};
