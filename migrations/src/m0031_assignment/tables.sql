create table service_agent (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  user_id {uuid} not null,
  skills {json} not null,
  languages {json} not null,
  countries {json} not null,
  postal_codes {json} not null,
  calendar_id {uuid},
  capacity integer,
  availability {text} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, user_id) references "user" (workspace_id, id),
  foreign key (workspace_id, calendar_id) references business_calendar (workspace_id, id)
) {clustered};
create unique index service_agent_user on service_agent (workspace_id, user_id) where deleted_at is null;
create index service_agent_created on service_agent (workspace_id, created_at, id);
create index service_agent_calendar on service_agent (workspace_id, calendar_id) where calendar_id is not null;

create table service_routing_rule (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  position integer not null,
  active boolean not null,
  condition {json},
  queue_id {uuid} not null,
  needed_skills {json} not null,
  needed_language {text},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, queue_id) references queue (workspace_id, id)
) {clustered};
create unique index service_routing_rule_name on service_routing_rule (workspace_id, sort_name) where deleted_at is null;
create index service_routing_rule_created on service_routing_rule (workspace_id, created_at, id);
create index service_routing_rule_queue on service_routing_rule (workspace_id, queue_id);

create table queue_turn (
  workspace_id {uuid} not null references workspace (id),
  queue_id {uuid} not null,
  last_user_id {uuid} not null,
  primary key (workspace_id, queue_id),
  foreign key (workspace_id, queue_id) references queue (workspace_id, id)
) {clustered};

create table request_answering (
  workspace_id {uuid} not null references workspace (id),
  request_id {uuid} not null,
  user_id {uuid} not null,
  since {time} not null,
  until {time} not null,
  primary key (workspace_id, request_id, user_id),
  foreign key (workspace_id, request_id) references service_request (workspace_id, id),
  foreign key (workspace_id, user_id) references "user" (workspace_id, id)
) {clustered};

alter table queue add column method {text} not null default 'pull';
alter table queue add column calendar_id {uuid};

alter table service_request add column needed_skills {json} not null default '[]';
alter table service_request add column needed_language {text};
create index service_request_waiting on service_request (workspace_id, queue_id, is_open, priority_rank desc, opened_at, id) where owner_id is null and deleted_at is null;
