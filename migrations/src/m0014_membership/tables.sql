alter table segment add column kind {text} not null default 'dynamic';
alter table segment add column has_listings boolean not null default false;
alter table segment add column taken_at {time};
alter table segment add column value_proposition {text};
alter table segment add column service_level {text};
alter table segment add column care_level {text};
alter table segment add column plan {text};

create table segment_stay (
  workspace_id {uuid} not null references workspace (id),
  segment_id {uuid} not null,
  customer_id {uuid} not null,
  entered_at {time} not null,
  left_at {time} not null,
  primary key (workspace_id, segment_id, customer_id, entered_at),
  foreign key (workspace_id, segment_id) references segment (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id)
) {clustered};
create index segment_stay_left on segment_stay (workspace_id, segment_id, left_at);
create index segment_stay_customer on segment_stay (workspace_id, customer_id, left_at);

create table segment_listing (
  workspace_id {uuid} not null references workspace (id),
  segment_id {uuid} not null,
  customer_id {uuid} not null,
  listing {text} not null,
  listed_at {time} not null,
  primary key (workspace_id, segment_id, listing, customer_id),
  foreign key (workspace_id, segment_id) references segment (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id)
) {clustered};
create index segment_listing_customer on segment_listing (workspace_id, customer_id);
