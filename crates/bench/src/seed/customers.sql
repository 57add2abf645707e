with recursive n (i) as ({numbers}), named as (
  select i, given.word as given, family.word as family, trade.word as trade, industry.word as industry,
    city.word as city, lower(family.word) as family_key
  from n
  join word given on given.kind = 'given' and given.n = (i * 31 + i / 1600) % 60
  join word family on family.kind = 'family' and family.n = (i * 7919) % 1600
  join word trade on trade.kind = 'trade' and trade.n = (i * 7) % 12
  join word industry on industry.kind = 'industry' and industry.n = (i / 2) % 20
  join word city on city.kind = 'city' and city.n = (i * 17 + i / 7) % 40
)
insert into customer (id, workspace_id, kind, name, sort_name, first_name, last_name, email, industry, employees,
  annual_revenue, founded_in, city, owner_id, source, external_id, stage_id, stage_since, search_text, custom,
  comparable, version, created_at, updated_at)
select {customer_id}, {workspace}, 'person', given || ' ' || family, lower(given || ' ' || family), given, family,
  lower(given) || '.' || family_key || i || '@mail.example', null, null, null, null, city, {user}, 'bench', 'C' || i, {stage}, {customer_time},
  lower(given) || ' ' || family_key || ' ' || family_key || i || ' mail example ' || lower(city) || ' c' || i,
  null, null, 1, {customer_time}, {customer_time}
from named where i % 2 = 0
union all
select {customer_id}, {workspace}, 'organization', family || ' ' || trade, lower(family || ' ' || trade), null, null,
  'info' || i || '@' || family_key || '.example', industry, (i * 37) % 5000 + 1, (i * 7907) % 100000000,
  1950 + i % 70, city, {user}, 'bench', 'C' || i, {stage}, {customer_time},
  family_key || ' ' || lower(trade) || ' info' || i || ' example ' || lower(city) || ' c' || i || ' ' || lower(industry),
  {branch}, {slots}, 1, {customer_time}, {customer_time}
from named where i % 2 = 1;
