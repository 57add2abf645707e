create table complaint_cause (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  description {text},
  active boolean not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index complaint_cause_name on complaint_cause (workspace_id, sort_name) where deleted_at is null;
create index complaint_cause_created on complaint_cause (workspace_id, created_at, id);

create table complaint (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  request_id {uuid} not null,
  customer_id {uuid},
  cause_id {uuid},
  cause_note {text},
  remedy {text},
  remedy_note {text},
  cost_minor bigint,
  currency {text} not null,
  outcome {text},
  told_at {time},
  told_by_id {uuid},
  told_over {text},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, request_id) references service_request (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id),
  foreign key (workspace_id, cause_id) references complaint_cause (workspace_id, id)
) {clustered};
create unique index complaint_request on complaint (workspace_id, request_id) where deleted_at is null;
create index complaint_created on complaint (workspace_id, created_at, id);
create index complaint_customer on complaint (workspace_id, customer_id, created_at, id) where customer_id is not null;
create index complaint_cause_of on complaint (workspace_id, cause_id, created_at, id) where cause_id is not null;

create table promise (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  request_id {uuid} not null,
  customer_id {uuid},
  body {text} not null,
  due_at {time} not null,
  keeper_id {uuid},
  status {text} not null,
  overdue_at {time},
  checked_at {time},
  checked_by_id {uuid},
  note {text},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, request_id) references service_request (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id),
  foreign key (workspace_id, keeper_id) references "user" (workspace_id, id)
) {clustered};
create index promise_created on promise (workspace_id, created_at, id);
create index promise_request on promise (workspace_id, request_id, status);
create index promise_due on promise (workspace_id, due_at, id) where deleted_at is null;
create index promise_customer on promise (workspace_id, customer_id) where customer_id is not null;
create index promise_keeper on promise (workspace_id, keeper_id, status, due_at) where keeper_id is not null;
