create table ownership_change (
  workspace_id {uuid} not null references workspace (id),
  resource {text} not null,
  subject_id {uuid} not null,
  subject_version integer not null,
  at {time} not null,
  way {text} not null,
  owner_before {uuid},
  owner_id {uuid},
  actor_kind {text} not null,
  actor_id {uuid},
  reason {text},
  primary key (workspace_id, subject_id, subject_version)
) {clustered};
create index ownership_change_owner on ownership_change (workspace_id, owner_id, resource, way, at) where owner_id is not null;

create table pool (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  kind {text} not null,
  position integer not null,
  active boolean not null,
  condition {json},
  team_ids {json},
  hold_limit integer,
  daily_limit integer,
  cooldown_days integer,
  recycle_segment_id {uuid},
  recycle_after_days integer,
  recycle_warning_days integer,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, recycle_segment_id) references segment (workspace_id, id)
) {clustered};
create unique index pool_name on pool (workspace_id, sort_name) where deleted_at is null;
create index pool_created on pool (workspace_id, created_at, id);

create table recycle_warning (
  workspace_id {uuid} not null references workspace (id),
  pool_id {uuid} not null,
  subject_id {uuid} not null,
  warned_at {time} not null,
  primary key (workspace_id, pool_id, subject_id),
  foreign key (workspace_id, pool_id) references pool (workspace_id, id)
) {clustered};

create table ownership_transfer (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  state {text} not null,
  from_user_id {uuid} not null,
  to_user_id {uuid},
  parts {json} not null,
  filter {json},
  reason {text} not null,
  customers integer not null,
  leads integer not null,
  opportunities integer not null,
  tasks integer not null,
  left_behind integer,
  problem {text},
  attempt integer not null,
  created_by {uuid},
  api_key_id {uuid},
  started_at {time},
  ended_at {time},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, from_user_id) references "user" (workspace_id, id),
  foreign key (workspace_id, to_user_id) references "user" (workspace_id, id),
  foreign key (workspace_id, created_by) references "user" (workspace_id, id)
) {clustered};
create index ownership_transfer_created on ownership_transfer (workspace_id, created_at, id);
create index ownership_transfer_owner on ownership_transfer (workspace_id, created_by);

create view customer_ownership {of_the_asker} as
select workspace_id, subject_id as customer_id, at, way, owner_before, owner_id, actor_kind, reason
from ownership_change where resource = 'customer';

create view lead_ownership {of_the_asker} as
select workspace_id, subject_id as lead_id, at, way, owner_before, owner_id, actor_kind, reason
from ownership_change where resource = 'lead';
