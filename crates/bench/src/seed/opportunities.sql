with n as (
  select i, i >= {closed} as open, i % 3 < 2 as won, (20 + i * 31 % 140)::int as cycle,
    case when i >= {closed}
      then current_date - interval '120 days' + (i - {closed}) * interval '119 days' / ({all} - {closed})
      else current_date - interval '1260 days' + i * interval '1096 days' / {closed}
    end as opened
  from generate_series({from}::bigint, {to}::bigint) i
), stage as (
  select *, row_number() over (order by position) - 1 as nth from pipeline_stage
  where workspace_id = {workspace} and pipeline_id = {pipeline}
), placed as (
  select n.*, s.id as stage_id, s.nth, s.probability, s.forecast_category,
    case when s.nth = 0 then opened else least(opened + cycle * interval '12 hours', now()) end as moved,
    case when open then current_date - 10 + (i * 31 % 150)::int else opened::date + cycle + (i % 30)::int - 15 end as expected
  from n join stage s on s.nth = i % 4
)
insert into opportunity (id, workspace_id, name, sort_name, customer_id, owner_id, pipeline_id, stage_id, stage_since, status,
  forecast_category, probability, amount_minor, currency, amount_source, opened_on, expected_close_on, closed_on, cycle_days,
  next_step, search_text, version, created_at, updated_at)
select {id}, {workspace}, 'Deal ' || i, 'deal ' || i, {customer}, {user}, {pipeline}, stage_id, moved,
  case when open then 'open' when won then 'won' else 'lost' end,
  case when open then forecast_category when won then 'closed' else 'omitted' end,
  case when open then probability when won then 100 else 0 end,
  (i * 7919 % 100000 + 100) * 100, '{currency}', 'manual', opened::date, expected,
  case when not open then opened::date + cycle end, case when not open then cycle end,
  case when open then 'Call them' end, 'deal ' || i,
  case when not open then 3 when nth > 0 then 2 else 1 end, opened,
  case when not open then opened + cycle * interval '1 day' else moved end
from placed;
