drop table if exists log_window;
create table log_window (
  workspace_id uuid not null references workspace (id),
  begins xid8 not null,
  ends xid8 not null,
  first_seq bigint not null,
  last_seq bigint not null,
  events integer not null,
  closed_at timestamptz not null default clock_timestamp(),
  primary key (workspace_id, begins)
);
create unique index log_window_ends on log_window (workspace_id, ends);

-- What the readers of the release before have read is one window; of the transaction that they stand in, they read
-- everything once more.
do $$
declare
  w uuid;
  t bigint;
  f bigint;
  l bigint;
  n bigint;
begin
  for w in select id from workspace loop
    perform set_config('rapport.workspace', w::text, true);
    select min(tx) into t from log_reader where workspace_id = w;
    select min(seq), max(seq), count(*) into f, l, n from event
      where workspace_id = w and tx < coalesce(t, 0)::text::xid8;
    if n > 0 then
      insert into log_window (workspace_id, begins, ends, first_seq, last_seq, events)
        values (w, '0', t::text::xid8, f, l, n);
      update log_reader set tx = t, seq = l where workspace_id = w;
    else
      update log_reader set tx = 0, seq = 0 where workspace_id = w;
    end if;
  end loop;
  perform set_config('rapport.workspace', '', true);
end $$;
