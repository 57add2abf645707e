create table quote (
  {rowid}
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  number {text} not null,
  revision integer not null,
  name {text} not null,
  sort_name {text} not null,
  customer_id {uuid} not null,
  contact_id {uuid},
  opportunity_id {uuid},
  owner_id {uuid},
  status {text} not null,
  currency {text} not null,
  amount_minor bigint not null,
  tax_minor bigint not null,
  largest_discount bigint not null,
  over_limit boolean not null,
  valid_until {date} not null,
  introduction {text},
  terms {text},
  sent_at {time},
  decided_at {time},
  accepted_by {text},
  decline_reason {text},
  revision_of {uuid},
  link_hash {bytes},
  link_expires_at {time},
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
  foreign key (workspace_id, opportunity_id) references opportunity (workspace_id, id),
  foreign key (workspace_id, owner_id) references "user" (workspace_id, id)
);
create unique index quote_revision on quote (workspace_id, number, revision);
create unique index quote_external on quote (workspace_id, source, external_id) where external_id is not null;
create unique index quote_link on quote (workspace_id, link_hash) where link_hash is not null;
create index quote_created on quote (workspace_id, created_at, id) where deleted_at is null;
create index quote_status on quote (workspace_id, status, created_at, id) where deleted_at is null;
create index quote_owner on quote (workspace_id, owner_id, status) where owner_id is not null;
create index quote_customer on quote (workspace_id, customer_id, created_at, id);
create index quote_contact on quote (workspace_id, contact_id) where contact_id is not null;
create index quote_opportunity on quote (workspace_id, opportunity_id, created_at, id) where opportunity_id is not null;

create table quote_line (
  workspace_id {uuid} not null references workspace (id),
  quote_id {uuid} not null,
  position integer not null,
  product_id {uuid},
  description {text} not null,
  quantity bigint not null,
  unit_price_minor bigint not null,
  discount bigint not null,
  discount_limit bigint,
  tax_rate bigint not null,
  net_minor bigint not null,
  tax_minor bigint not null,
  primary key (workspace_id, quote_id, position),
  foreign key (workspace_id, quote_id) references quote (workspace_id, id),
  foreign key (workspace_id, product_id) references product (workspace_id, id)
) {clustered};
create index quote_line_product on quote_line (workspace_id, product_id) where product_id is not null;

-- What is left of a quote once it is paid what its products cost: for those who may know what they cost.
create table quote_margin (
  workspace_id {uuid} not null references workspace (id),
  quote_id {uuid} not null,
  currency {text} not null,
  cost_minor bigint not null,
  margin_minor bigint not null,
  margin_rate {number},
  complete boolean not null,
  created_at {time} not null,
  primary key (workspace_id, quote_id),
  foreign key (workspace_id, quote_id) references quote (workspace_id, id)
) {clustered};

create table workspace_logo (
  workspace_id {uuid} not null primary key references workspace (id),
  media_type {text} not null,
  content {bytes} not null
);

alter table workspace add column quote_introduction {text};
alter table workspace add column quote_terms {text};
alter table workspace add column quote_footer {text};

alter table approval add column quote_id {uuid};
create index approval_quote on approval (workspace_id, quote_id, status) where quote_id is not null;
create unique index approval_of_quote on approval (workspace_id, quote_id)
  where quote_id is not null and status in ('pending', 'approved');

create view quoted_line {of_the_asker} as
select
  l.workspace_id,
  l.quote_id,
  l.position,
  q.customer_id,
  q.owner_id,
  q.status,
  q.created_at,
  q.currency,
  l.product_id,
  p.category,
  l.description,
  cast(l.quantity as {number}) / 1000 as quantity,
  l.unit_price_minor,
  cast(l.discount as {number}) / 1000 as discount,
  cast(l.discount_limit as {number}) / 1000 as discount_limit,
  l.net_minor
from quote_line l
join quote q on q.workspace_id = l.workspace_id and q.id = l.quote_id and q.deleted_at is null
left join product p on p.workspace_id = l.workspace_id and p.id = l.product_id;
