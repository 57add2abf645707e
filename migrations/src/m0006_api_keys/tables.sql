create table api_key (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  secret_hash {bytes} not null,
  hint {text} not null,
  role_id {uuid} not null,
  owner_id {uuid} not null,
  scopes {json} not null,
  networks {json} not null,
  expires_at {time},
  last_used_at {time},
  last_used_from {text},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, role_id) references role (workspace_id, id),
  foreign key (workspace_id, owner_id) references "user" (workspace_id, id)
) {clustered};
create unique index api_key_secret on api_key (workspace_id, secret_hash);
create index api_key_created on api_key (workspace_id, created_at, id);
