-- What is in the store of files, and from when on it is no longer needed; null while it is.
create table stored_object (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  forget_at {time},
  primary key (workspace_id, id)
) {clustered};
create index stored_object_old on stored_object (workspace_id, forget_at) where forget_at is not null;

create table attachment (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  request_id {uuid},
  message_id {uuid},
  customer_id {uuid},
  object_id {uuid} not null,
  name {text} not null,
  media_type {text} not null,
  bytes bigint not null,
  sha256 {text} not null,
  is_internal boolean not null,
  added_by_id {uuid},
  expires_at {time},
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, request_id) references service_request (workspace_id, id),
  foreign key (workspace_id, message_id) references request_message (workspace_id, id),
  foreign key (workspace_id, added_by_id) references "user" (workspace_id, id)
) {clustered};
create index attachment_request on attachment (workspace_id, request_id, created_at, id) where request_id is not null;
create index attachment_message on attachment (workspace_id, message_id, created_at, id) where message_id is not null;
create index attachment_object on attachment (workspace_id, object_id);
create index attachment_created on attachment (workspace_id, created_at, id);
create index attachment_customer on attachment (workspace_id, customer_id, created_at, id) where customer_id is not null;

create table canned_answer (
  {rowid}
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  body {text} not null,
  language {text},
  owner_id {uuid},
  queue_id {uuid},
  answer_tags {json},
  use_count integer not null,
  last_used_at {time},
  active boolean not null,
  search_text {text} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  {pk_searchable} (workspace_id, id),
  foreign key (workspace_id, owner_id) references "user" (workspace_id, id),
  foreign key (workspace_id, queue_id) references queue (workspace_id, id)
);
create unique index canned_answer_name on canned_answer (workspace_id, sort_name) where deleted_at is null and owner_id is null;
create index canned_answer_created on canned_answer (workspace_id, created_at, id);
create index canned_answer_owner on canned_answer (workspace_id, owner_id, created_at, id) where owner_id is not null;

-- Who has sent an e-mail, where that is somebody else than the request's contact.
alter table request_message add column sender {text};

create table mailbox (
  workspace_id {uuid} not null references workspace (id),
  id {uuid} not null,
  name {text} not null,
  sort_name {text} not null,
  address {text} not null,
  secret_hash {bytes} not null,
  enabled boolean not null,
  queue_id {uuid},
  request_kind {text} not null,
  urgency {text} not null,
  unknown_senders {text} not null,
  version integer not null,
  created_at {time} not null,
  updated_at {time} not null,
  deleted_at {time},
  primary key (workspace_id, id),
  foreign key (workspace_id, queue_id) references queue (workspace_id, id)
) {clustered};
create unique index mailbox_name on mailbox (workspace_id, sort_name) where deleted_at is null;
create unique index mailbox_secret on mailbox (workspace_id, secret_hash);
create index mailbox_created on mailbox (workspace_id, created_at, id);

-- What has come in, by what makes it the same again: its Message-ID, or all of it where it has none, as a hash.
create table inbound_mail (
  workspace_id {uuid} not null references workspace (id),
  hash {bytes} not null,
  mailbox_id {uuid} not null,
  outcome {text} not null,
  record_id {uuid},
  received_at {time} not null,
  forget_at {time} not null,
  primary key (workspace_id, hash),
  foreign key (workspace_id, mailbox_id) references mailbox (workspace_id, id)
) {clustered};
create index inbound_mail_old on inbound_mail (workspace_id, forget_at);

-- A form may take service requests instead of leads; the queue is looked at when something comes in.
alter table lead_form add column request_kind {text};
alter table lead_form add column request_queue_id {uuid};
