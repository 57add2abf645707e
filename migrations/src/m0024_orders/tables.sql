alter table order_line add column discount bigint not null default 0;
alter table order_line add column tax_rate bigint not null default 0;
alter table order_line add column tax_minor bigint not null default 0;
alter table "order" add column tax_minor bigint not null default 0;
alter table "order" add column quote_id {uuid};
