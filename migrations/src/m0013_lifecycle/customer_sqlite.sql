-- SQLite adds no key of two columns to a table that is there.
create unique index lifecycle_stage_id on lifecycle_stage (id);
alter table customer add column stage_id blob references lifecycle_stage (id);
alter table customer add column stage_since text;
