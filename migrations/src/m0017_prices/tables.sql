-- What is the same for all that are there is kept once, and no row is touched.
alter table product add column kind {text} not null default 'goods';
alter table product add column unit {text};
alter table product add column tax_rate bigint;
alter table product add column discount_limit bigint;

create table bundle_component (
  workspace_id {uuid} not null references workspace (id),
  bundle_id {uuid} not null,
  position integer not null,
  product_id {uuid} not null,
  quantity bigint not null,
  primary key (workspace_id, bundle_id, position),
  foreign key (workspace_id, bundle_id) references product (workspace_id, id),
  foreign key (workspace_id, product_id) references product (workspace_id, id)
) {clustered};
create index bundle_component_product on bundle_component (workspace_id, product_id);

create table product_cost (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  product_id {uuid} not null,
  cost_minor bigint not null,
  currency {text} not null,
  valid_from {date} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, product_id) references product (workspace_id, id)
) {clustered};
create unique index product_cost_day on product_cost (workspace_id, product_id, currency, valid_from)
  where deleted_at is null;
create index product_cost_product on product_cost (workspace_id, product_id);
create index product_cost_created on product_cost (workspace_id, created_at, id);

-- The audience is the customer, or the segment, or nobody's id where the book is for everybody: so one index finds the
-- books of all that somebody is.
create table price_book (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  description {text},
  currency {text} not null,
  valid_from {date},
  valid_to {date},
  active boolean not null,
  priority integer not null,
  customer_id {uuid},
  segment_id {uuid},
  audience_id {uuid} not null,
  discount_limit bigint,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id),
  foreign key (workspace_id, segment_id) references segment (workspace_id, id)
) {clustered};
create unique index price_book_name on price_book (workspace_id, name) where deleted_at is null;
create index price_book_audience on price_book (workspace_id, audience_id, currency) where deleted_at is null;
create index price_book_customer on price_book (workspace_id, customer_id) where customer_id is not null;
create index price_book_segment on price_book (workspace_id, segment_id) where segment_id is not null;
create index price_book_created on price_book (workspace_id, created_at, id);

create table price_book_entry (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  price_book_id {uuid} not null,
  product_id {uuid} not null,
  minimum_quantity bigint not null,
  unit_price_minor bigint not null,
  currency {text} not null,
  discount_limit bigint,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, price_book_id) references price_book (workspace_id, id),
  foreign key (workspace_id, product_id) references product (workspace_id, id)
) {clustered};
create unique index price_book_entry_tier
  on price_book_entry (workspace_id, price_book_id, product_id, minimum_quantity) where deleted_at is null;
create index price_book_entry_book on price_book_entry (workspace_id, price_book_id, created_at, id);
create index price_book_entry_product on price_book_entry (workspace_id, product_id);
create index price_book_entry_created on price_book_entry (workspace_id, created_at, id);
