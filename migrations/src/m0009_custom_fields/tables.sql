create table if not exists custom_field (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  resource {text} not null,
  key {text} not null,
  label {text} not null,
  description {text},
  kind {text} not null,
  required boolean not null,
  indexed boolean not null,
  "unique" boolean not null,
  "default" {json},
  choices {json} not null,
  currency {text},
  target {text},
  visible_to {json},
  position integer not null,
  slot {text},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id)
) {clustered};
create unique index if not exists custom_field_key on custom_field (workspace_id, resource, key);
create unique index if not exists custom_field_slot on custom_field (workspace_id, resource, slot) where slot is not null;

create table if not exists record_tag (
  workspace_id {uuid} not null references workspace (id),
  resource {text} not null,
  tag {text} not null,
  record_id {uuid} not null,
  primary key (workspace_id, resource, tag, record_id)
) {clustered};
