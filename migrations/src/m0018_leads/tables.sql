create table lead (
  {rowid}
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  first_name {text},
  last_name {text},
  company_name {text},
  job_title {text},
  email {text},
  phone {text},
  registration_number {text},
  street {text},
  postal_code {text},
  city {text},
  country {text},
  status {text} not null,
  unqualified_reason {text},
  lead_source {text},
  campaign {text},
  need {text},
  budget_minor bigint,
  currency {text} not null,
  description {text},
  owner_id {uuid},
  score integer not null,
  response_due_at {time},
  responded_at {time},
  converted_at {time},
  customer_id {uuid},
  contact_id {uuid},
  opportunity_id {uuid},
  customer_made boolean not null,
  contact_made boolean not null,
  opportunity_made boolean not null,
  status_before {text},
  source {text},
  external_id {text},
  search_text {text} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  {pk_searchable} (workspace_id, id),
  foreign key (workspace_id, owner_id) references "user" (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id),
  foreign key (workspace_id, contact_id) references contact (workspace_id, id),
  foreign key (workspace_id, opportunity_id) references opportunity (workspace_id, id)
);
create unique index lead_external on lead (workspace_id, source, external_id) where external_id is not null;
create index lead_created on lead (workspace_id, created_at, id) where deleted_at is null;
create index lead_owner on lead (workspace_id, owner_id, status) where owner_id is not null;
create index lead_status on lead (workspace_id, status, created_at, id) where deleted_at is null;
create index lead_score on lead (workspace_id, score, id) where deleted_at is null;
create index lead_customer on lead (workspace_id, customer_id, created_at, id) where customer_id is not null;
create index lead_opportunity on lead (workspace_id, opportunity_id) where opportunity_id is not null;
create index lead_contact on lead (workspace_id, contact_id) where contact_id is not null;
create index lead_registration on lead (workspace_id, registration_number) where registration_number is not null;

create table lead_scoring_rule (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  rule {json} not null,
  points integer not null,
  active boolean not null,
  position integer not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index lead_scoring_rule_name on lead_scoring_rule (workspace_id, sort_name) where deleted_at is null;
create index lead_scoring_rule_created on lead_scoring_rule (workspace_id, created_at, id);

create table lead_assignment_rule (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  position integer not null,
  active boolean not null,
  condition {json},
  user_ids {json} not null,
  strategy {text} not null,
  capacity integer,
  response_within {text},
  last_user_id {uuid},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index lead_assignment_rule_name on lead_assignment_rule (workspace_id, sort_name) where deleted_at is null;
create index lead_assignment_rule_created on lead_assignment_rule (workspace_id, created_at, id);
