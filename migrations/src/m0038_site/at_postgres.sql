-- The rows that are there are at no site, so that nothing has to be looked through while a table is locked.
alter table asset
  add column site_id uuid,
  add constraint asset_site_id_fkey foreign key (workspace_id, site_id) references site (workspace_id, id) not valid;
alter table entitlement
  add column site_id uuid,
  add constraint entitlement_site_id_fkey foreign key (workspace_id, site_id) references site (workspace_id, id) not valid;
alter table service_request
  add column site_id uuid,
  add constraint service_request_site_id_fkey foreign key (workspace_id, site_id)
    references site (workspace_id, id) not valid;
