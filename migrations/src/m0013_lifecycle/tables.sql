create table lifecycle_stage (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  "key" {text} not null,
  kind {text} not null,
  position integer not null,
  description {text},
  entry_rule {json},
  exit_rule {json},
  maximum_days integer,
  is_initial boolean not null,
  cooldown_days integer not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index lifecycle_stage_name on lifecycle_stage (workspace_id, name) where deleted_at is null;
create unique index lifecycle_stage_key on lifecycle_stage (workspace_id, "key") where deleted_at is null;
create unique index lifecycle_stage_kind on lifecycle_stage (workspace_id, kind)
  where kind in ('lost', 'won_back') and deleted_at is null;
create unique index lifecycle_stage_initial on lifecycle_stage (workspace_id, is_initial)
  where is_initial and deleted_at is null;
create index lifecycle_stage_created on lifecycle_stage (workspace_id, created_at, id);

create table lifecycle_move (
  workspace_id {uuid} not null references workspace (id),
  customer_id {uuid} not null,
  customer_version integer not null,
  from_stage_id {uuid},
  to_stage_id {uuid} not null,
  moved_at {time} not null,
  since {time},
  seconds bigint,
  cause {text} not null,
  reason {text},
  actor_kind {text} not null,
  actor_id {uuid},
  primary key (workspace_id, customer_id, customer_version),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id),
  foreign key (workspace_id, from_stage_id) references lifecycle_stage (workspace_id, id),
  foreign key (workspace_id, to_stage_id) references lifecycle_stage (workspace_id, id)
) {clustered};
create index lifecycle_move_from on lifecycle_move (workspace_id, from_stage_id, moved_at);
create index lifecycle_move_to on lifecycle_move (workspace_id, to_stage_id, moved_at);

create table lifecycle_sweep (
  workspace_id {uuid} not null primary key references workspace (id),
  after_id {uuid} not null
) {clustered};

create table loss_reason (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  active boolean not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index loss_reason_name on loss_reason (workspace_id, sort_name) where deleted_at is null;
create index loss_reason_created on loss_reason (workspace_id, created_at, id);

create table loss (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  customer_id {uuid} not null,
  reason_id {uuid} not null,
  competitor {text},
  note {text},
  from_stage_id {uuid},
  lost_at {time} not null,
  recovered_at {time},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id),
  foreign key (workspace_id, reason_id) references loss_reason (workspace_id, id),
  foreign key (workspace_id, from_stage_id) references lifecycle_stage (workspace_id, id)
) {clustered};
create unique index loss_open on loss (workspace_id, customer_id) where recovered_at is null and deleted_at is null;
create index loss_customer on loss (workspace_id, customer_id);
create index loss_of_reason on loss (workspace_id, reason_id);
create index loss_created on loss (workspace_id, created_at, id);

create table winback_programme (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  description {text},
  starts_on {date},
  ends_on {date},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index winback_programme_name on winback_programme (workspace_id, name) where deleted_at is null;
create index winback_programme_created on winback_programme (workspace_id, created_at, id);

create table winback (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  customer_id {uuid} not null,
  loss_id {uuid} not null,
  programme_id {uuid},
  owner_id {uuid},
  status {text} not null,
  result {text},
  closed_at {time},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id),
  foreign key (workspace_id, loss_id) references loss (workspace_id, id),
  foreign key (workspace_id, programme_id) references winback_programme (workspace_id, id),
  foreign key (workspace_id, owner_id) references "user" (workspace_id, id)
) {clustered};
create unique index winback_open on winback (workspace_id, loss_id) where status = 'open' and deleted_at is null;
create index winback_loss on winback (workspace_id, loss_id);
create index winback_customer on winback (workspace_id, customer_id);
create index winback_of_programme on winback (workspace_id, programme_id) where programme_id is not null;
create index winback_owner on winback (workspace_id, owner_id) where owner_id is not null;
create index winback_created on winback (workspace_id, created_at, id);
