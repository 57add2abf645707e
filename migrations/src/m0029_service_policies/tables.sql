create table business_calendar (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  time_zone {text} not null,
  hours {json} not null,
  exceptions {json} not null,
  is_default boolean not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index business_calendar_name on business_calendar (workspace_id, sort_name) where deleted_at is null;
create unique index business_calendar_default on business_calendar (workspace_id) where is_default and deleted_at is null;
create index business_calendar_created on business_calendar (workspace_id, created_at, id);

create table service_policy (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  position integer not null,
  active boolean not null,
  condition {json},
  calendar_id {uuid},
  targets {json} not null,
  pauses {json} not null,
  warn_at_percent {json} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, calendar_id) references business_calendar (workspace_id, id)
) {clustered};
create unique index service_policy_name on service_policy (workspace_id, sort_name) where deleted_at is null;
create index service_policy_created on service_policy (workspace_id, created_at, id);
create index service_policy_calendar on service_policy (workspace_id, calendar_id) where calendar_id is not null;
