-- SQLite adds no key of two columns to a table that is there.
create unique index opportunity_id on opportunity (id);
alter table task add column opportunity_id blob references opportunity (id);
alter table interaction add column opportunity_id blob references opportunity (id);
