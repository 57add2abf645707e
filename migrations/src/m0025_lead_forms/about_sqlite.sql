-- SQLite adds no key of two columns to a table that is there.
create unique index lead_id on lead (id);
alter table task add column lead_id blob references lead (id);
