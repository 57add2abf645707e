with recursive n (o) as ({order_numbers}), dated as (select o, o / 5 as i, (o * 277 + o / 5 * 13) % 1096 as day from n)
insert into "order" (id, workspace_id, number, customer_id, owner_id, status, ordered_on, currency, total_minor, source,
  external_id, version, created_at, updated_at)
select {order_id}, {workspace}, 'O-' || (o + 1), {customer_id}, {user}, 'completed', {ordered_on}, '{currency}',
  {amount}, 'bench', 'O' || o, 1, {order_time}, {order_time}
from dated;
