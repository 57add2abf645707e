create table delivery (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  number {text} not null,
  order_id {uuid} not null,
  customer_id {uuid} not null,
  kind {text} not null,
  status {text} not null,
  carrier {text},
  tracking_code {text},
  reason {text},
  planned_on {date},
  shipped_at {time},
  delivered_at {time},
  source {text},
  external_id {text},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, order_id) references "order" (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id)
) {clustered};
create unique index delivery_number on delivery (workspace_id, number);
create unique index delivery_external on delivery (workspace_id, source, external_id) where external_id is not null;
create index delivery_created on delivery (workspace_id, created_at, id);
create index delivery_status on delivery (workspace_id, status, planned_on, id);
create index delivery_order on delivery (workspace_id, order_id, created_at, id);
create index delivery_customer on delivery (workspace_id, customer_id, created_at, id);

create table delivery_line (
  workspace_id {uuid} not null references workspace (id),
  delivery_id {uuid} not null,
  line integer not null,
  quantity bigint not null,
  primary key (workspace_id, delivery_id, line),
  foreign key (workspace_id, delivery_id) references delivery (workspace_id, id)
) {clustered};

create table payment (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  order_id {uuid} not null,
  customer_id {uuid} not null,
  kind {text} not null,
  status {text} not null,
  currency {text} not null,
  amount_minor bigint not null,
  method {text} not null,
  reference {text},
  note {text},
  settled_at {time},
  source {text},
  external_id {text},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, order_id) references "order" (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id)
) {clustered};
create unique index payment_external on payment (workspace_id, source, external_id) where external_id is not null;
create index payment_created on payment (workspace_id, created_at, id);
create index payment_status on payment (workspace_id, status, created_at, id);
create index payment_order on payment (workspace_id, order_id, created_at, id);
create index payment_customer on payment (workspace_id, customer_id, created_at, id);

alter table "order" add column delivery_status {text} not null default 'none';
alter table "order" add column payment_status {text} not null default 'none';
alter table "order" add column paid_minor bigint not null default 0;
