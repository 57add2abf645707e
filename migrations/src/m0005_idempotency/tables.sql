create table idempotency_key (
  workspace_id {uuid} not null references workspace (id),
  caller_id {uuid} not null,
  key_hash {bytes} not null,
  request_hash {bytes} not null,
  answer {bytes} not null,
  created_at {time} not null,
  primary key (workspace_id, caller_id, key_hash)
) {clustered};
create index idempotency_key_created on idempotency_key (workspace_id, created_at);
