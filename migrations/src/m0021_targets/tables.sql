alter table workspace add column fiscal_year_start integer not null default 1;

create table target (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  user_id {uuid},
  team_id {uuid},
  product_id {uuid},
  subject {text} not null,
  measure {text} not null,
  period {text} not null,
  starts_on {date} not null,
  amount_minor bigint,
  currency {text} not null,
  count integer,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, user_id) references "user" (workspace_id, id),
  foreign key (workspace_id, team_id) references team (workspace_id, id),
  foreign key (workspace_id, product_id) references product (workspace_id, id)
) {clustered};
create unique index target_subject on target (workspace_id, starts_on, period, measure, subject) where deleted_at is null;
create index target_created on target (workspace_id, created_at, id);
create index target_user on target (workspace_id, user_id) where user_id is not null;
create index target_team on target (workspace_id, team_id) where team_id is not null;
create index target_product on target (workspace_id, product_id) where product_id is not null;

create table forecast_adjustment (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  user_id {uuid},
  team_id {uuid},
  subject {text} not null,
  category {text} not null,
  period {text} not null,
  starts_on {date} not null,
  amount_minor bigint not null,
  currency {text} not null,
  note {text},
  made_as {text} not null,
  made_by {uuid},
  superseded_at {time},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, user_id) references "user" (workspace_id, id),
  foreign key (workspace_id, team_id) references team (workspace_id, id)
) {clustered};
create unique index forecast_adjustment_subject on forecast_adjustment (workspace_id, starts_on, period, subject, category, made_as)
  where superseded_at is null and deleted_at is null;
create index forecast_adjustment_starts on forecast_adjustment (workspace_id, starts_on, period);
create index forecast_adjustment_created on forecast_adjustment (workspace_id, created_at, id);
create index forecast_adjustment_user on forecast_adjustment (workspace_id, user_id) where user_id is not null;
create index forecast_adjustment_team on forecast_adjustment (workspace_id, team_id) where team_id is not null;
