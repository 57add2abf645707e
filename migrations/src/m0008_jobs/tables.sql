create table import (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  kind {text} not null,
  state {text} not null,
  source {text} not null,
  file_name {text},
  format {text} not null,
  bytes bigint not null,
  dry_run boolean not null,
  options {json} not null,
  columns {json},
  bytes_read bigint not null,
  rows integer not null,
  imported integer not null,
  updated integer not null,
  unchanged integer not null,
  failed integer not null,
  repeated integer not null,
  customers integer not null,
  problem {text},
  deleted integer not null,
  restored integer not null,
  conflicts integer not null,
  attempt integer not null,
  batches integer not null,
  batch_rows integer not null,
  error_bytes bigint not null,
  conflict_bytes bigint not null,
  undone_by {uuid},
  undone_by_key {uuid},
  created_by {uuid},
  api_key_id {uuid},
  started_at {time},
  ended_at {time},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, created_by) references "user" (workspace_id, id),
  foreign key (workspace_id, api_key_id) references api_key (workspace_id, id),
  foreign key (workspace_id, undone_by) references "user" (workspace_id, id),
  foreign key (workspace_id, undone_by_key) references api_key (workspace_id, id)
) {clustered};
create index import_created on import (workspace_id, created_at, id);

-- Where in the log the events of a batch stand, by which an import is undone.
create table import_batch (
  workspace_id {uuid} not null references workspace (id),
  import_id {uuid} not null,
  number integer not null,
  tx bigint not null,
  first_seq bigint not null,
  events integer not null,
  primary key (workspace_id, import_id, number),
  foreign key (workspace_id, import_id) references import (workspace_id, id)
) {clustered};

create table mapping (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  kind {text} not null,
  source {text},
  options {json} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index mapping_name on mapping (workspace_id, name) where deleted_at is null;
create index mapping_created on mapping (workspace_id, created_at, id);

create table export (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  kind {text} not null,
  state {text} not null,
  format {text} not null,
  filter {json},
  q {text},
  sort {text},
  fields {json},
  rows integer not null,
  bytes bigint not null,
  problem {text},
  attempt integer not null,
  cursor {text},
  created_by {uuid},
  api_key_id {uuid},
  started_at {time},
  ended_at {time},
  expires_at {time},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, created_by) references "user" (workspace_id, id),
  foreign key (workspace_id, api_key_id) references api_key (workspace_id, id)
) {clustered};
create index export_created on export (workspace_id, created_at, id);

-- The queue: what is to be done, and which node is at it until when.
create table job (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  kind {text} not null,
  node {uuid},
  until {time},
  attempt integer not null,
  tries integer not null,
  primary key (workspace_id, id)
) {clustered};
create index job_due on job (until, id);
