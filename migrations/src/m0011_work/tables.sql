create table interaction (
  {rowid}
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  kind {text} not null,
  direction {text} not null,
  customer_id {uuid} not null,
  contact_id {uuid},
  owner_id {uuid},
  occurred_at {time} not null,
  duration_seconds integer,
  subject {text},
  body {text},
  outcome {text},
  channel {text},
  source {text},
  external_id {text},
  search_text {text} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  {pk_searchable} (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id),
  foreign key (workspace_id, contact_id) references contact (workspace_id, id),
  foreign key (workspace_id, owner_id) references "user" (workspace_id, id)
);
create unique index interaction_external on interaction (workspace_id, source, external_id) where external_id is not null;
create index interaction_customer on interaction (workspace_id, customer_id, occurred_at, id);
create index interaction_contact on interaction (workspace_id, contact_id, occurred_at) where contact_id is not null;
create index interaction_owner on interaction (workspace_id, owner_id, occurred_at) where owner_id is not null;
create index interaction_occurred on interaction (workspace_id, occurred_at, id) where deleted_at is null;
create index interaction_created on interaction (workspace_id, created_at, id) where deleted_at is null;

create table consent (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  customer_id {uuid} not null,
  purpose {text} not null,
  channel {text} not null,
  status {text} not null,
  obtained_at {time} not null,
  expires_on {date},
  evidence {text},
  source {text},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id)
) {clustered};
create unique index consent_purpose on consent (workspace_id, customer_id, purpose, channel) where deleted_at is null;
create index consent_customer on consent (workspace_id, customer_id, obtained_at, id);
create index consent_created on consent (workspace_id, created_at, id) where deleted_at is null;

create table contact_point (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  customer_id {uuid} not null,
  kind {text} not null,
  value {text} not null,
  network {text},
  street {text},
  postal_code {text},
  city {text},
  country {text},
  label {text},
  is_preferred boolean not null,
  verified_at {time},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id)
) {clustered};
create unique index contact_point_value on contact_point (workspace_id, customer_id, kind, value) where deleted_at is null;
create unique index contact_point_preferred on contact_point (workspace_id, customer_id, kind) where is_preferred and deleted_at is null;
create index contact_point_customer on contact_point (workspace_id, customer_id, created_at, id);
create index contact_point_reach on contact_point (workspace_id, value);
create index contact_point_created on contact_point (workspace_id, created_at, id) where deleted_at is null;

create table task (
  {rowid}
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  subject {text} not null,
  description {text},
  status {text} not null,
  priority {text} not null,
  due_at {time},
  remind_at {time},
  owner_id {uuid},
  customer_id {uuid},
  contact_id {uuid},
  completed_at {time},
  completed_by {uuid},
  source {text} not null,
  occasion {text},
  search_text {text} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  {pk_searchable} (workspace_id, id),
  foreign key (workspace_id, owner_id) references "user" (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id),
  foreign key (workspace_id, contact_id) references contact (workspace_id, id),
  foreign key (workspace_id, completed_by) references "user" (workspace_id, id)
);
create unique index task_occasion on task (workspace_id, occasion) where occasion is not null;
create index task_customer on task (workspace_id, customer_id, created_at, id) where customer_id is not null;
create index task_owner on task (workspace_id, owner_id, due_at, id) where owner_id is not null;
create index task_due on task (workspace_id, due_at, id) where deleted_at is null;
create index task_created on task (workspace_id, created_at, id) where deleted_at is null;

create table notification (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  user_id {uuid} not null,
  kind {text} not null,
  title {text} not null,
  body {text},
  resource {text},
  subject {uuid},
  customer_id {uuid},
  read_at {time},
  occasion {text} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, user_id) references "user" (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id)
) {clustered};
create unique index notification_occasion on notification (workspace_id, user_id, occasion);
create index notification_user on notification (workspace_id, user_id, created_at, id);
create index notification_unread on notification (workspace_id, user_id, created_at) where read_at is null;
create index notification_created on notification (workspace_id, created_at, id);

-- What is to be done when its time has come.
create table timer (
  workspace_id {uuid} not null references workspace (id),
  kind {text} not null,
  subject_id {uuid} not null,
  due_at {time} not null,
  primary key (workspace_id, kind, subject_id)
) {clustered};
create index timer_due on timer (kind, due_at);
