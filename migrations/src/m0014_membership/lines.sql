-- The lines of orders with what rules ask of them: who bought, when, and of which category.
create view ordered_line {of_the_asker} as
select
  l.workspace_id,
  l.order_id,
  l.position,
  o.customer_id,
  o.owner_id,
  o.status,
  o.ordered_on,
  o.currency,
  l.product_id,
  p.category,
  l.description,
  cast(l.quantity as {number}) / 1000 as quantity,
  l.unit_price_minor,
  l.amount_minor
from order_line l
join "order" o on o.workspace_id = l.workspace_id and o.id = l.order_id and o.deleted_at is null
left join product p on p.workspace_id = l.workspace_id and p.id = l.product_id;
