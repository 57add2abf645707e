create table sealing_key (
  id {text} not null primary key,
  secret_key {text} not null,
  created_at {time} not null
) {clustered};

create table webhook_endpoint (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  url {text} not null,
  description {text},
  event_types {json} not null,
  filter {json},
  enabled boolean not null,
  disabled_reason {text},
  failing_since {time},
  owner_id {uuid},
  api_key_id {uuid},
  secret {text} not null,
  previous_secret {text},
  previous_secret_expires_at {time},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, owner_id) references "user" (workspace_id, id),
  foreign key (workspace_id, api_key_id) references api_key (workspace_id, id)
) {clustered};
create index webhook_endpoint_created on webhook_endpoint (workspace_id, created_at, id);

create table webhook_delivery (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  endpoint_id {uuid} not null,
  event_id {uuid} not null,
  event_seq bigint,
  event_type {text} not null,
  subject_id {uuid} not null,
  subject_version integer not null,
  status {text} not null,
  next_attempt_at {time},
  attempt_count integer not null,
  response_status integer,
  attempts {json} not null,
  in_order boolean not null,
  tried_since {time},
  tries integer not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, endpoint_id) references webhook_endpoint (workspace_id, id)
);
create index webhook_delivery_created on webhook_delivery (workspace_id, endpoint_id, created_at, id);
create index webhook_delivery_dead on webhook_delivery (workspace_id, endpoint_id, created_at, id) where status = 'dead';
create index webhook_delivery_due on webhook_delivery (workspace_id, endpoint_id, next_attempt_at) where status = 'pending';
create index webhook_delivery_waiting on webhook_delivery (workspace_id, endpoint_id, subject_id, event_seq)
  where status = 'pending';

create table webhook_lease (
  workspace_id {uuid} not null references workspace (id),
  endpoint_id {uuid} not null,
  node {uuid},
  until bigint not null,
  primary key (workspace_id, endpoint_id)
) {clustered};
create index webhook_lease_node on webhook_lease (node);
