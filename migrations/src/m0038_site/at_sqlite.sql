-- SQLite adds no key of two columns to a table that is there.
create unique index site_id on site (id);
alter table asset add column site_id blob references site (id);
alter table entitlement add column site_id blob references site (id);
alter table service_request add column site_id blob references site (id);
