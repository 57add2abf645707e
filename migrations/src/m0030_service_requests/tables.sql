create table service_status (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  key {text} not null,
  name {text} not null,
  sort_name {text} not null,
  category {text} not null,
  position integer not null,
  next {json},
  active boolean not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index service_status_key on service_status (workspace_id, key) where deleted_at is null;
create unique index service_status_name on service_status (workspace_id, sort_name) where deleted_at is null;
create index service_status_created on service_status (workspace_id, created_at, id);

create table queue (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  description {text},
  member_ids {json} not null,
  active boolean not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index queue_name on queue (workspace_id, sort_name) where deleted_at is null;
create index queue_created on queue (workspace_id, created_at, id);

create table service_request (
  {rowid}
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  number {text} not null,
  subject {text} not null,
  description {text},
  kind {text} not null,
  impact {text} not null,
  urgency {text} not null,
  priority {text} not null,
  priority_rank integer not null,
  priority_by_hand boolean not null,
  status {text} not null,
  status_category {text} not null,
  status_since {time} not null,
  is_open boolean not null,
  channel {text} not null,
  customer_id {uuid},
  contact_id {uuid},
  product_id {uuid},
  order_id {uuid},
  order_line integer,
  asset_id {uuid},
  entitlement_id {uuid},
  parent_id {uuid},
  merged_into_id {uuid},
  queue_id {uuid},
  owner_id {uuid},
  opened_at {time} not null,
  first_responded_at {time},
  last_customer_message_at {time},
  last_reply_at {time},
  resolved_at {time},
  closed_at {time},
  reopen_count integer not null,
  policy_id {uuid},
  due_at {time},
  resolution {text},
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
  foreign key (workspace_id, product_id) references product (workspace_id, id),
  foreign key (workspace_id, order_id) references "order" (workspace_id, id),
  foreign key (workspace_id, asset_id) references asset (workspace_id, id),
  foreign key (workspace_id, entitlement_id) references entitlement (workspace_id, id),
  foreign key (workspace_id, policy_id) references service_policy (workspace_id, id),
  foreign key (workspace_id, parent_id) references service_request (workspace_id, id),
  foreign key (workspace_id, merged_into_id) references service_request (workspace_id, id),
  foreign key (workspace_id, queue_id) references queue (workspace_id, id),
  foreign key (workspace_id, owner_id) references "user" (workspace_id, id)
);
create unique index service_request_number on service_request (workspace_id, number);
create unique index service_request_external on service_request (workspace_id, source, external_id) where external_id is not null;
create index service_request_created on service_request (workspace_id, created_at, id) where deleted_at is null;
create index service_request_opened on service_request (workspace_id, opened_at, id) where deleted_at is null;
create index service_request_open on service_request (workspace_id, is_open, priority_rank desc, opened_at, id) where deleted_at is null;
create index service_request_queue on service_request (workspace_id, queue_id, is_open, priority_rank desc, opened_at, id) where queue_id is not null;
create index service_request_owner on service_request (workspace_id, owner_id, is_open, priority_rank desc, opened_at, id) where owner_id is not null;
create index service_request_status on service_request (workspace_id, status, opened_at, id);
create index service_request_customer on service_request (workspace_id, customer_id, opened_at, id) where customer_id is not null;
create index service_request_contact on service_request (workspace_id, contact_id) where contact_id is not null;
create index service_request_product on service_request (workspace_id, product_id) where product_id is not null;
create index service_request_order on service_request (workspace_id, order_id) where order_id is not null;
create index service_request_asset on service_request (workspace_id, asset_id) where asset_id is not null;
create index service_request_entitlement on service_request (workspace_id, entitlement_id) where entitlement_id is not null;
create index service_request_policy on service_request (workspace_id, policy_id) where policy_id is not null;
create index service_request_due on service_request (workspace_id, due_at, id) where due_at is not null;
create index service_request_parent on service_request (workspace_id, parent_id) where parent_id is not null;
create index service_request_merged on service_request (workspace_id, merged_into_id) where merged_into_id is not null;

create table service_step (
  workspace_id {uuid} not null references workspace (id),
  request_id {uuid} not null,
  seq integer not null,
  at {time} not null,
  status {text} not null,
  category {text} not null,
  priority {text} not null,
  queue_id {uuid},
  owner_id {uuid},
  actor_kind {text} not null,
  actor_id {uuid},
  primary key (workspace_id, request_id, seq),
  foreign key (workspace_id, request_id) references service_request (workspace_id, id)
) {clustered};
create index service_step_at on service_step (workspace_id, request_id, at, seq);

create table request_message (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  request_id {uuid} not null,
  customer_id {uuid},
  kind {text} not null,
  body {text} not null,
  author_id {uuid},
  contact_id {uuid},
  channel {text} not null,
  sent_at {time} not null,
  mentions {json} not null,
  message_id {text},
  in_reply_to {text},
  reference_ids {json} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, request_id) references service_request (workspace_id, id)
) {clustered};
create unique index request_message_mail on request_message (workspace_id, message_id) where message_id is not null;
create index request_message_sent on request_message (workspace_id, request_id, sent_at, id);
create index request_message_created on request_message (workspace_id, created_at, id);
create index request_message_customer on request_message (workspace_id, customer_id, sent_at, id) where customer_id is not null;

create table request_watcher (
  workspace_id {uuid} not null references workspace (id),
  request_id {uuid} not null,
  user_id {uuid} not null,
  since {time} not null,
  primary key (workspace_id, request_id, user_id),
  foreign key (workspace_id, request_id) references service_request (workspace_id, id),
  foreign key (workspace_id, user_id) references "user" (workspace_id, id)
) {clustered};

create table request_link (
  workspace_id {uuid} not null references workspace (id),
  request_id {uuid} not null,
  other_id {uuid} not null,
  kind {text} not null,
  since {time} not null,
  primary key (workspace_id, request_id, other_id, kind),
  foreign key (workspace_id, request_id) references service_request (workspace_id, id),
  foreign key (workspace_id, other_id) references service_request (workspace_id, id)
) {clustered};
create index request_link_other on request_link (workspace_id, other_id);

create table service_clock (
  workspace_id {uuid} not null references workspace (id),
  request_id {uuid} not null,
  kind {text} not null,
  cycle integer not null,
  policy_id {uuid} not null,
  state {text} not null,
  priority {text} not null,
  target_minutes integer not null,
  started_at {time} not null,
  due_at {time},
  warned_percent integer,
  breached_at {time},
  told_at {time},
  done_at {time},
  elapsed_seconds bigint not null,
  primary key (workspace_id, request_id, kind, cycle),
  foreign key (workspace_id, request_id) references service_request (workspace_id, id),
  foreign key (workspace_id, policy_id) references service_policy (workspace_id, id)
) {clustered};
create index service_clock_started on service_clock (workspace_id, started_at, kind);
create index service_clock_policy on service_clock (workspace_id, policy_id);
