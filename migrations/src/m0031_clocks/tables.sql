create table service_clock (
  workspace_id {uuid} not null references workspace (id),
  request_id {uuid} not null,
  kind {text} not null,
  cycle integer not null,
  policy_id {uuid} not null,
  state {text} not null,
  priority {text} not null,
  target_minutes integer not null,
  started_at {time} not null,
  due_at {time},
  warned_percent integer,
  breached_at {time},
  told_at {time},
  done_at {time},
  elapsed_seconds bigint not null,
  primary key (workspace_id, request_id, kind, cycle),
  foreign key (workspace_id, request_id) references service_request (workspace_id, id),
  foreign key (workspace_id, policy_id) references service_policy (workspace_id, id)
) {clustered};
create index service_clock_started on service_clock (workspace_id, started_at, kind);
create index service_clock_policy on service_clock (workspace_id, policy_id);

alter table service_request add column asset_id {uuid};
alter table service_request add column entitlement_id {uuid};
alter table service_request add column policy_id {uuid};
alter table service_request add column due_at {time};
create index service_request_asset on service_request (workspace_id, asset_id) where asset_id is not null;
create index service_request_entitlement on service_request (workspace_id, entitlement_id) where entitlement_id is not null;
create index service_request_due on service_request (workspace_id, due_at, id) where due_at is not null;
