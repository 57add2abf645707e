create table service_plan (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  product_id {uuid} not null,
  kind {text} not null,
  months integer not null,
  begins {text} not null,
  request_limit integer,
  description {text},
  active boolean not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, product_id) references product (workspace_id, id)
) {clustered};
create unique index service_plan_name on service_plan (workspace_id, product_id, sort_name) where deleted_at is null;
create index service_plan_created on service_plan (workspace_id, created_at, id);

create table asset (
  {rowid}
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  serial_number {text},
  status {text} not null,
  customer_id {uuid} not null,
  contact_id {uuid},
  product_id {uuid},
  parent_id {uuid},
  order_id {uuid},
  order_line integer,
  street {text},
  postal_code {text},
  city {text},
  country {text},
  location {text},
  bought_on {date},
  installed_on {date},
  description {text},
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
  foreign key (workspace_id, parent_id) references asset (workspace_id, id),
  foreign key (workspace_id, order_id) references "order" (workspace_id, id)
);
create unique index asset_external on asset (workspace_id, source, external_id) where external_id is not null;
create unique index asset_serial on asset (workspace_id, product_id, serial_number)
  where serial_number is not null and product_id is not null and deleted_at is null;
create index asset_created on asset (workspace_id, created_at, id) where deleted_at is null;
create index asset_serial_number on asset (workspace_id, serial_number) where serial_number is not null;
create index asset_customer on asset (workspace_id, customer_id, created_at, id);
create index asset_product on asset (workspace_id, product_id, created_at, id) where product_id is not null;
create index asset_parent on asset (workspace_id, parent_id) where parent_id is not null;
create index asset_contact on asset (workspace_id, contact_id) where contact_id is not null;
create index asset_order on asset (workspace_id, order_id) where order_id is not null;

create table asset_step (
  workspace_id {uuid} not null references workspace (id),
  asset_id {uuid} not null,
  asset_version integer not null,
  at {time} not null,
  status {text} not null,
  customer_id {uuid} not null,
  parent_id {uuid},
  street {text},
  postal_code {text},
  city {text},
  country {text},
  location {text},
  actor_kind {text} not null,
  actor_id {uuid},
  primary key (workspace_id, asset_id, asset_version),
  foreign key (workspace_id, asset_id) references asset (workspace_id, id)
) {clustered};

create table agreement (
  {rowid}
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  number {text} not null,
  name {text} not null,
  sort_name {text} not null,
  customer_id {uuid} not null,
  contact_id {uuid},
  owner_id {uuid},
  status {text} not null,
  starts_on {date} not null,
  ends_on {date},
  renewal {text} not null,
  renewal_months integer,
  remind_days integer not null,
  reminded_of {date},
  renewal_count integer not null,
  currency {text} not null,
  fee_minor bigint,
  terms {text},
  cancel_reason {text},
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
create unique index agreement_number on agreement (workspace_id, number);
create unique index agreement_external on agreement (workspace_id, source, external_id) where external_id is not null;
create index agreement_created on agreement (workspace_id, created_at, id) where deleted_at is null;
create index agreement_ends on agreement (workspace_id, status, ends_on, id) where deleted_at is null;
create index agreement_customer on agreement (workspace_id, customer_id, created_at, id);
create index agreement_owner on agreement (workspace_id, owner_id) where owner_id is not null;
create index agreement_contact on agreement (workspace_id, contact_id) where contact_id is not null;

create table entitlement (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  kind {text} not null,
  status {text} not null,
  customer_id {uuid} not null,
  agreement_id {uuid},
  product_id {uuid},
  asset_id {uuid},
  order_id {uuid},
  order_line integer,
  service_plan_id {uuid},
  starts_on {date} not null,
  ends_on {date},
  request_limit integer,
  description {text},
  cancel_reason {text},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id),
  foreign key (workspace_id, agreement_id) references agreement (workspace_id, id),
  foreign key (workspace_id, product_id) references product (workspace_id, id),
  foreign key (workspace_id, asset_id) references asset (workspace_id, id),
  foreign key (workspace_id, order_id) references "order" (workspace_id, id),
  foreign key (workspace_id, service_plan_id) references service_plan (workspace_id, id)
) {clustered};
-- A plan gives once for each line of an order.
create unique index entitlement_plan on entitlement (workspace_id, order_id, order_line, service_plan_id)
  where service_plan_id is not null;
create index entitlement_created on entitlement (workspace_id, created_at, id);
create index entitlement_customer on entitlement (workspace_id, customer_id, created_at, id);
create index entitlement_agreement on entitlement (workspace_id, agreement_id) where agreement_id is not null;
create index entitlement_asset on entitlement (workspace_id, asset_id) where asset_id is not null;
create index entitlement_product on entitlement (workspace_id, product_id) where product_id is not null;
create index entitlement_ends on entitlement (workspace_id, status, ends_on, id);
