create table exchange_rate (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  currency {text} not null,
  valid_from {date} not null,
  rate bigint not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index exchange_rate_day on exchange_rate (workspace_id, currency, valid_from) where deleted_at is null;
create index exchange_rate_created on exchange_rate (workspace_id, created_at, id);

create table close_reason (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  outcome {text} not null,
  name {text} not null,
  sort_name {text} not null,
  active boolean not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index close_reason_name on close_reason (workspace_id, outcome, sort_name) where deleted_at is null;
create index close_reason_created on close_reason (workspace_id, created_at, id);

create table pipeline (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  key {text} not null,
  description {text},
  position integer not null,
  is_default boolean not null,
  active boolean not null,
  skipping {text} not null,
  going_back {text} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index pipeline_name on pipeline (workspace_id, sort_name) where deleted_at is null;
create unique index pipeline_key on pipeline (workspace_id, key) where deleted_at is null;
create unique index pipeline_default on pipeline (workspace_id) where is_default and deleted_at is null;
create index pipeline_created on pipeline (workspace_id, created_at, id);

create table pipeline_stage (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  pipeline_id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  key {text} not null,
  position integer not null,
  probability integer not null,
  forecast_category {text} not null,
  expected_days integer,
  maximum_days integer,
  required boolean not null,
  entry_criteria {json},
  exit_criteria {json},
  guidance {text},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, pipeline_id) references pipeline (workspace_id, id)
) {clustered};
create unique index pipeline_stage_name on pipeline_stage (workspace_id, pipeline_id, sort_name) where deleted_at is null;
create unique index pipeline_stage_key on pipeline_stage (workspace_id, pipeline_id, key) where deleted_at is null;
create index pipeline_stage_position on pipeline_stage (workspace_id, pipeline_id, position);
create index pipeline_stage_created on pipeline_stage (workspace_id, created_at, id);

create table opportunity (
  {rowid}
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  customer_id {uuid},
  owner_id {uuid},
  pipeline_id {uuid} not null,
  stage_id {uuid} not null,
  stage_since {time} not null,
  stage_due_at {time},
  status {text} not null,
  forecast_category {text} not null,
  probability integer not null,
  amount_minor bigint not null,
  currency {text} not null,
  amount_source {text} not null,
  opened_on {date},
  expected_close_on {date},
  closed_on {date},
  cycle_days integer,
  need {text},
  budget_minor bigint,
  next_step {text},
  next_step_on {date},
  lead_source {text},
  campaign {text},
  close_reason_id {uuid},
  close_note {text},
  lost_to {text},
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
  foreign key (workspace_id, owner_id) references "user" (workspace_id, id),
  foreign key (workspace_id, pipeline_id) references pipeline (workspace_id, id),
  foreign key (workspace_id, stage_id) references pipeline_stage (workspace_id, id),
  foreign key (workspace_id, close_reason_id) references close_reason (workspace_id, id)
);
create unique index opportunity_external on opportunity (workspace_id, source, external_id) where external_id is not null;
create index opportunity_customer on opportunity (workspace_id, customer_id, created_at, id);
create index opportunity_owner on opportunity (workspace_id, owner_id, status, expected_close_on);
create index opportunity_board on opportunity (workspace_id, stage_id, expected_close_on, id) where status = 'open' and deleted_at is null;
create index opportunity_closed on opportunity (workspace_id, closed_on, id) where closed_on is not null and deleted_at is null;
create index opportunity_expected on opportunity (workspace_id, expected_close_on, id) where deleted_at is null;
create index opportunity_created on opportunity (workspace_id, created_at, id) where deleted_at is null;

create table opportunity_line (
  workspace_id {uuid} not null references workspace (id),
  opportunity_id {uuid} not null,
  position integer not null,
  product_id {uuid},
  description {text} not null,
  quantity bigint not null,
  unit_price_minor bigint not null,
  discount bigint not null,
  tax_rate bigint not null,
  net_minor bigint not null,
  tax_minor bigint not null,
  primary key (workspace_id, opportunity_id, position),
  foreign key (workspace_id, opportunity_id) references opportunity (workspace_id, id),
  foreign key (workspace_id, product_id) references product (workspace_id, id)
) {clustered};
create index opportunity_line_product on opportunity_line (workspace_id, product_id) where product_id is not null;

create table opportunity_contact (
  workspace_id {uuid} not null references workspace (id),
  opportunity_id {uuid} not null,
  contact_id {uuid} not null,
  role {text} not null,
  is_primary boolean not null,
  note {text},
  primary key (workspace_id, opportunity_id, contact_id),
  foreign key (workspace_id, opportunity_id) references opportunity (workspace_id, id),
  foreign key (workspace_id, contact_id) references contact (workspace_id, id)
) {clustered};
create index opportunity_contact_contact on opportunity_contact (workspace_id, contact_id);

create table opportunity_member (
  workspace_id {uuid} not null references workspace (id),
  opportunity_id {uuid} not null,
  user_id {uuid} not null,
  role {text},
  split bigint not null,
  primary key (workspace_id, opportunity_id, user_id),
  foreign key (workspace_id, opportunity_id) references opportunity (workspace_id, id),
  foreign key (workspace_id, user_id) references "user" (workspace_id, id)
) {clustered};
create index opportunity_member_user on opportunity_member (workspace_id, user_id);

create table opportunity_competitor (
  workspace_id {uuid} not null references workspace (id),
  opportunity_id {uuid} not null,
  position integer not null,
  name {text} not null,
  note {text},
  primary key (workspace_id, opportunity_id, position),
  foreign key (workspace_id, opportunity_id) references opportunity (workspace_id, id)
) {clustered};

-- What an opportunity was from when until when: its stages, amounts and dates, and any past forecast.
create table opportunity_period (
  workspace_id {uuid} not null references workspace (id),
  opportunity_id {uuid} not null,
  opportunity_version integer not null,
  from_at {time} not null,
  until_at {time},
  pipeline_id {uuid} not null,
  stage_id {uuid} not null,
  stage_since {time} not null,
  status {text} not null,
  forecast_category {text} not null,
  probability integer not null,
  owner_id {uuid},
  amount_minor bigint not null,
  currency {text} not null,
  expected_close_on {date},
  closed_on {date},
  actor_kind {text} not null,
  actor_id {uuid},
  reason {text},
  primary key (workspace_id, opportunity_id, opportunity_version),
  foreign key (workspace_id, opportunity_id) references opportunity (workspace_id, id)
) {clustered};
create unique index opportunity_period_present on opportunity_period (workspace_id, opportunity_id) where until_at is null;
create index opportunity_period_expected on opportunity_period (workspace_id, expected_close_on, from_at);
create index opportunity_period_closed on opportunity_period (workspace_id, closed_on, from_at) where closed_on is not null;
