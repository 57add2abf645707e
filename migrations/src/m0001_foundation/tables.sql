create table workspace (
  id {uuid} not null primary key,
  slug {text} not null unique,
  name {text} not null,
  time_zone {text} not null,
  currency {text} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time}
) {clustered};

create table signing_key (
  id {text} not null primary key,
  private_key {text} not null,
  public_key {text} not null,
  created_at {time} not null
) {clustered};

create table login_throttle (
  account {bytes} not null primary key,
  failures integer not null,
  since {time} not null
) {clustered};

create table team (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  parent_id {uuid},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, parent_id) references team (workspace_id, id)
) {clustered};
create unique index team_name on team (workspace_id, name) where deleted_at is null;

create table role (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  built_in {text},
  grants {json} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index role_name on role (workspace_id, name) where deleted_at is null;

create table "user" (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  email {text} not null,
  email_key {text} not null,
  name {text} not null,
  role_id {uuid} not null,
  team_id {uuid},
  status {text} not null,
  time_zone {text},
  password_hash {text},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, role_id) references role (workspace_id, id),
  foreign key (workspace_id, team_id) references team (workspace_id, id)
) {clustered};
create unique index user_email on "user" (workspace_id, email_key);
create index user_team on "user" (workspace_id, team_id);
create index user_created on "user" (workspace_id, created_at, id);

create table session (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  user_id {uuid} not null,
  client {text},
  last_used_at {time} not null,
  expires_at {time} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, user_id) references "user" (workspace_id, id)
) {clustered};
create index session_by_user on session (workspace_id, user_id, created_at);

create table refresh_token (
  workspace_id {uuid} not null references workspace (id),
  hash {bytes} not null,
  session_id {uuid} not null,
  issued_at {time} not null,
  used_at {time},
  primary key (workspace_id, hash),
  foreign key (workspace_id, session_id) references session (workspace_id, id)
) {clustered};
create index refresh_token_by_session on refresh_token (workspace_id, session_id);

create table invitation (
  workspace_id {uuid} not null references workspace (id),
  hash {bytes} not null,
  user_id {uuid} not null,
  expires_at {time} not null,
  primary key (workspace_id, hash),
  foreign key (workspace_id, user_id) references "user" (workspace_id, id)
) {clustered};

create table counter (
  workspace_id {uuid} not null references workspace (id),
  name {text} not null,
  value bigint not null,
  primary key (workspace_id, name)
) {clustered};

create table customer (
  {rowid}
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  kind {text} not null,
  name {text} not null,
  sort_name {text} not null,
  first_name {text},
  last_name {text},
  email {text},
  phone {text},
  website {text},
  industry {text},
  employees integer,
  annual_revenue bigint,
  founded_in integer,
  birthday {date},
  street {text},
  postal_code {text},
  city {text},
  country {text},
  description {text},
  parent_id {uuid},
  owner_id {uuid},
  source {text},
  external_id {text},
  search_text {text} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  {pk_searchable} (workspace_id, id),
  foreign key (workspace_id, parent_id) references customer (workspace_id, id),
  foreign key (workspace_id, owner_id) references "user" (workspace_id, id)
);
create unique index customer_external on customer (workspace_id, source, external_id) where external_id is not null;
create index customer_created on customer (workspace_id, created_at, id) where deleted_at is null;
create index customer_name on customer (workspace_id, sort_name, id) where deleted_at is null;
create index customer_email on customer (workspace_id, email) where email is not null;
create index customer_phone on customer (workspace_id, phone) where phone is not null;
create index customer_owner on customer (workspace_id, owner_id) where owner_id is not null;
create index customer_parent on customer (workspace_id, parent_id) where parent_id is not null;

create table contact (
  {rowid}
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  customer_id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  first_name {text},
  last_name {text},
  job_title {text},
  role {text},
  email {text},
  phone {text},
  description {text},
  search_text {text} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  {pk_searchable} (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id)
);
create index contact_customer on contact (workspace_id, customer_id, created_at, id);
create index contact_created on contact (workspace_id, created_at, id) where deleted_at is null;
create index contact_name on contact (workspace_id, sort_name, id) where deleted_at is null;

create table product (
  {rowid}
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  sku {text} not null,
  name {text} not null,
  sort_name {text} not null,
  category {text},
  description {text},
  price_minor bigint not null,
  currency {text} not null,
  active boolean not null,
  search_text {text} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  {pk_searchable} (workspace_id, id)
);
create unique index product_sku on product (workspace_id, sku) where deleted_at is null;
create index product_created on product (workspace_id, created_at, id) where deleted_at is null;
create index product_name on product (workspace_id, sort_name, id) where deleted_at is null;

create table "order" (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  number {text} not null,
  customer_id {uuid} not null,
  owner_id {uuid},
  status {text} not null,
  ordered_on {date} not null,
  currency {text} not null,
  total_minor bigint not null,
  description {text},
  source {text},
  external_id {text},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id),
  foreign key (workspace_id, owner_id) references "user" (workspace_id, id)
) {clustered};
create unique index order_number on "order" (workspace_id, number);
create unique index order_external on "order" (workspace_id, source, external_id) where external_id is not null;
create index order_customer on "order" (workspace_id, customer_id, ordered_on, id);
create index order_ordered on "order" (workspace_id, ordered_on, id) where deleted_at is null;
create index order_created on "order" (workspace_id, created_at, id) where deleted_at is null;

create table order_line (
  workspace_id {uuid} not null references workspace (id),
  order_id {uuid} not null,
  position integer not null,
  product_id {uuid},
  description {text} not null,
  quantity bigint not null,
  unit_price_minor bigint not null,
  amount_minor bigint not null,
  primary key (workspace_id, order_id, position),
  foreign key (workspace_id, order_id) references "order" (workspace_id, id),
  foreign key (workspace_id, product_id) references product (workspace_id, id)
) {clustered};

create table segment (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  description {text},
  rule {json} not null,
  member_count integer not null,
  evaluated_at {time},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index segment_name on segment (workspace_id, name) where deleted_at is null;
create index segment_created on segment (workspace_id, created_at, id);

create table segment_member (
  workspace_id {uuid} not null references workspace (id),
  segment_id {uuid} not null,
  customer_id {uuid} not null,
  entered_at {time} not null,
  primary key (workspace_id, segment_id, customer_id),
  foreign key (workspace_id, segment_id) references segment (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id)
) {clustered};
create index segment_member_customer on segment_member (workspace_id, customer_id);

create table event (
  seq {event_seq},
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  subject_id {uuid} not null,
  subject_version integer not null,
  customer_id {uuid},
  actor_kind {text} not null,
  actor_id {uuid},
  at {time} not null,
  data {json} not null,
  {event_key}
  check (subject_version > 0)
);
create index event_seq on event (workspace_id, seq);

create table log_reader (
  workspace_id {uuid} not null references workspace (id),
  name {text} not null,
  tx bigint not null,
  seq bigint not null,
  primary key (workspace_id, name)
) {clustered};
