with recursive n (o) as ({order_numbers}), dated as (select o, (o * 277 + o / 5 * 13) % 1096 as day from n)
insert into order_line (workspace_id, order_id, position, description, quantity, unit_price_minor, amount_minor)
select {workspace}, {order_id}, 1, 'Goods', 1000, {amount}, {amount} from dated;
