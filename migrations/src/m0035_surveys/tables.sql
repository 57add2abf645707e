create table survey (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  kind {text} not null,
  question {text} not null,
  position integer not null,
  active boolean not null,
  condition {json},
  delay_minutes integer not null,
  valid_days integer not null,
  rest_days integer not null,
  follow_up_to integer,
  follow_up_kind {text} not null,
  follow_up_owner_id {uuid},
  follow_up_queue_id {uuid},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, follow_up_owner_id) references "user" (workspace_id, id),
  foreign key (workspace_id, follow_up_queue_id) references queue (workspace_id, id)
) {clustered};
create unique index survey_name on survey (workspace_id, sort_name) where deleted_at is null;
create index survey_created on survey (workspace_id, created_at, id);

create table survey_response (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  survey_id {uuid} not null,
  kind {text} not null,
  request_id {uuid},
  customer_id {uuid},
  contact_id {uuid},
  agent_id {uuid},
  status {text} not null,
  reason {text},
  asked_at {time},
  expires_at {time},
  answered_at {time},
  score integer,
  rating {text},
  comment {text},
  follow_up_id {uuid},
  source {text},
  external_id {text},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, survey_id) references survey (workspace_id, id),
  foreign key (workspace_id, request_id) references service_request (workspace_id, id),
  foreign key (workspace_id, customer_id) references customer (workspace_id, id),
  foreign key (workspace_id, contact_id) references contact (workspace_id, id),
  foreign key (workspace_id, agent_id) references "user" (workspace_id, id),
  foreign key (workspace_id, follow_up_id) references service_request (workspace_id, id)
) {clustered};
create unique index survey_response_request on survey_response (workspace_id, request_id) where request_id is not null and external_id is null and deleted_at is null;
create unique index survey_response_external on survey_response (workspace_id, source, external_id) where external_id is not null;
create index survey_response_created on survey_response (workspace_id, created_at, id);
create index survey_response_answered on survey_response (workspace_id, answered_at, id) where deleted_at is null;
create index survey_response_of_request on survey_response (workspace_id, request_id) where request_id is not null;
create index survey_response_survey on survey_response (workspace_id, survey_id, answered_at, id);
create index survey_response_customer on survey_response (workspace_id, customer_id, asked_at) where customer_id is not null;
create index survey_response_contact on survey_response (workspace_id, contact_id, asked_at) where contact_id is not null;
