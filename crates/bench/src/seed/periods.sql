-- What each was since when: in the first stage, then in its own, then closed.
with o as (
  select *, case when status = 'open' then stage_since else created_at + cycle_days * interval '12 hours' end as moved
  from opportunity where workspace_id = {workspace}
), first as (
  select id, probability, forecast_category from pipeline_stage
  where workspace_id = {workspace} and pipeline_id = {pipeline} order by position limit 1
)
insert into opportunity_period (workspace_id, opportunity_id, opportunity_version, from_at, until_at, pipeline_id, stage_id,
  stage_since, status, forecast_category, probability, owner_id, amount_minor, currency, expected_close_on, closed_on,
  actor_kind, actor_id)
select o.workspace_id, o.id, 1, o.created_at, case when version > 1 then moved end, pipeline_id, first.id, o.created_at, 'open',
  first.forecast_category, first.probability, owner_id, amount_minor, currency,
  expected_close_on - case when version > 1 then 10 else 0 end, null::date, 'user', owner_id
from o, first
union all
select o.workspace_id, o.id, 2, moved, case when o.version > 2 then o.updated_at end, o.pipeline_id, stage_id, moved, 'open',
  s.forecast_category, s.probability, owner_id, amount_minor, currency, expected_close_on, null, 'user', owner_id
from o join pipeline_stage s on s.workspace_id = o.workspace_id and s.id = o.stage_id where o.version > 1
union all
select workspace_id, id, 3, updated_at, null, pipeline_id, stage_id, stage_since, status, forecast_category, probability,
  owner_id, amount_minor, currency, expected_close_on, closed_on, 'user', owner_id
from o where version > 2;
