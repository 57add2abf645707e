create table lead_form (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  enabled boolean not null,
  key {text} not null,
  lead_source {text},
  campaign {text},
  lead_tags {json},
  lead_owner_id {uuid},
  allowed_origins {json} not null,
  minimum_seconds integer not null,
  redirect_url {text},
  submission_count integer not null,
  rejected_count integer not null,
  last_submitted_at {time},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, lead_owner_id) references "user" (workspace_id, id)
) {clustered};
create unique index lead_form_name on lead_form (workspace_id, sort_name) where deleted_at is null;
create unique index lead_form_key on lead_form (workspace_id, key);
create index lead_form_created on lead_form (workspace_id, created_at, id);

-- What has come in through forms, by what makes it the same again: the visitor's own id of it, or what it says, as a hash.
create table lead_form_submission (
  workspace_id {uuid} not null references workspace (id),
  form_id {uuid} not null,
  hash {bytes} not null,
  lead_id {uuid} not null,
  submitted_at {time} not null,
  forget_at {time} not null,
  primary key (workspace_id, form_id, hash),
  foreign key (workspace_id, form_id) references lead_form (workspace_id, id)
) {clustered};
create index lead_form_submission_old on lead_form_submission (workspace_id, forget_at);
