create table score (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  key {text} not null,
  kind {text} not null,
  description {text},
  definition {json} not null,
  thresholds {json},
  customer_count integer not null,
  evaluated_at {time},
  due_at {time},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index score_name on score (workspace_id, name) where deleted_at is null;
create unique index score_key on score (workspace_id, key) where deleted_at is null;
create index score_created on score (workspace_id, created_at, id);

create table customer_score (
  workspace_id {uuid} not null references workspace (id),
  score_id {uuid} not null,
  customer_id {uuid} not null,
  score_key {text} not null,
  value double precision not null,
  tier {text},
  recency_score integer,
  frequency_score integer,
  monetary_score integer,
  last_ordered_on {date},
  order_count integer,
  revenue_minor bigint,
  currency {text},
  scored_at {time} not null,
  primary key (workspace_id, score_id, customer_id),
  foreign key (workspace_id, score_id) references score (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id)
) {clustered};
create index customer_score_customer on customer_score (workspace_id, customer_id);
create index customer_score_value on customer_score (workspace_id, score_id, value, customer_id);
create index customer_score_tier on customer_score (workspace_id, score_key, tier, customer_id);
