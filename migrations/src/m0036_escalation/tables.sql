create table service_escalation_rule (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  position integer not null,
  active boolean not null,
  trigger_kind {text} not null,
  clock_kind {text},
  waited {text},
  condition {json},
  raise_priority boolean not null,
  queue_id {uuid},
  owner_id {uuid},
  user_ids {json} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, queue_id) references queue (workspace_id, id),
  foreign key (workspace_id, owner_id) references "user" (workspace_id, id)
) {clustered};
create unique index service_escalation_rule_name on service_escalation_rule (workspace_id, sort_name) where deleted_at is null;
create index service_escalation_rule_created on service_escalation_rule (workspace_id, created_at, id);

create table service_escalation (
  workspace_id {uuid} not null references workspace (id),
  request_id {uuid} not null,
  level integer not null,
  occasion {text} not null,
  trigger_kind {text} not null,
  rule_id {uuid},
  reason {text},
  at {time} not null,
  actor_kind {text} not null,
  actor_id {uuid},
  primary key (workspace_id, request_id, level),
  foreign key (workspace_id, request_id) references service_request (workspace_id, id)
) {clustered};
create unique index service_escalation_occasion on service_escalation (workspace_id, request_id, occasion);
alter table service_request add column escalation_level integer not null default 0;
alter table service_request add column escalated_at {time};
