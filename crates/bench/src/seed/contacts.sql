with recursive n (i) as ({numbers}), named as (
  select i, c, given.word as given, family.word as family
  from n
  join (select 0 as c union all select 1) which on c = 0 or i % 4 = 3
  join word given on given.kind = 'given' and given.n = (i * 13 + c * 29) % 60
  join word family on family.kind = 'family' and family.n = (i * 6947 + c * 811) % 1600
  where i % 2 = 1
)
insert into contact (id, workspace_id, customer_id, name, sort_name, first_name, last_name, email, search_text,
  version, created_at, updated_at)
select {contact_id}, {workspace}, {customer_id}, given || ' ' || family, lower(given || ' ' || family), given, family,
  'contact' || i || '.' || c || '@mail.example',
  lower(given || ' ' || family) || ' contact' || i || ' ' || c || ' mail example',
  1, {customer_time}, {customer_time}
from named;
