-- The lines of opportunities with what rules ask of them: who buys, how it stands, and of which category.
create view proposed_line {of_the_asker} as
select
  l.workspace_id,
  l.opportunity_id,
  l.position,
  o.customer_id,
  o.owner_id,
  o.status,
  o.created_at,
  o.currency,
  l.product_id,
  p.category,
  l.description,
  cast(l.quantity as {number}) / 1000 as quantity,
  l.unit_price_minor,
  cast(l.discount as {number}) / 1000 as discount,
  l.net_minor
from opportunity_line l
join opportunity o on o.workspace_id = l.workspace_id and o.id = l.opportunity_id and o.deleted_at is null
left join product p on p.workspace_id = l.workspace_id and p.id = l.product_id;

create view opportunity_person {of_the_asker} as
select c.workspace_id, c.opportunity_id, c.contact_id, c.role, c.is_primary, o.customer_id, o.owner_id, o.created_at
from opportunity_contact c
join opportunity o on o.workspace_id = c.workspace_id and o.id = c.opportunity_id and o.deleted_at is null;

create view opportunity_rival {of_the_asker} as
select c.workspace_id, c.opportunity_id, c.position, c.name, o.customer_id, o.owner_id, o.created_at
from opportunity_competitor c
join opportunity o on o.workspace_id = c.workspace_id and o.id = c.opportunity_id and o.deleted_at is null;
