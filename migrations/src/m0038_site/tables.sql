create table site (
  {rowid}
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  customer_id {uuid} not null,
  contact_id {uuid},
  street {text},
  postal_code {text},
  city {text},
  country {text},
  time_zone {text},
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
  foreign key (workspace_id, contact_id) references contact (workspace_id, id)
);
create unique index site_external on site (workspace_id, source, external_id) where external_id is not null;
create index site_created on site (workspace_id, created_at, id) where deleted_at is null;
create index site_customer on site (workspace_id, customer_id, created_at, id);
create index site_contact on site (workspace_id, contact_id) where contact_id is not null;

alter table asset_step add column site_id {uuid};
