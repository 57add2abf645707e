alter table team add column manager_id {uuid};

create table approval_rule (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  position integer not null,
  active boolean not null,
  subject {text} not null,
  condition {json} not null,
  steps {json} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index approval_rule_name on approval_rule (workspace_id, sort_name) where deleted_at is null;
create index approval_rule_created on approval_rule (workspace_id, created_at, id);

create table approval (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  subject {text} not null,
  opportunity_id {uuid},
  title {text} not null,
  customer_id {uuid},
  requested_by {uuid},
  reason {text},
  causes {json} not null,
  steps {json} not null,
  status {text} not null,
  due_at {time},
  decided_at {time},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, opportunity_id) references opportunity (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id),
  foreign key (workspace_id, requested_by) references "user" (workspace_id, id)
);
create index approval_created on approval (workspace_id, created_at, id);
create index approval_status on approval (workspace_id, status, created_at, id);
create index approval_requested on approval (workspace_id, requested_by, created_at, id);
create index approval_customer on approval (workspace_id, customer_id, created_at, id);
create index approval_opportunity on approval (workspace_id, opportunity_id, status) where opportunity_id is not null;
-- Of each record there is one that holds or may come to hold.
create unique index approval_of_opportunity on approval (workspace_id, opportunity_id)
  where opportunity_id is not null and status in ('pending', 'approved');

create table approver (
  workspace_id {uuid} not null references workspace (id),
  approval_id {uuid} not null,
  user_id {uuid} not null,
  since {time} not null,
  primary key (workspace_id, approval_id, user_id),
  foreign key (workspace_id, approval_id) references approval (workspace_id, id),
  foreign key (workspace_id, user_id) references "user" (workspace_id, id)
) {clustered};
create index approver_user on approver (workspace_id, user_id, approval_id);
