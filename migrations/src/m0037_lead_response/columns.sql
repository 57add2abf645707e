alter table lead_assignment_rule add column calendar_id {uuid};
alter table lead_assignment_rule add column response_target {text};
alter table lead_assignment_rule add column warn_at_percent {json} not null default '[]';
alter table lead add column response_rule_id {uuid};
alter table lead add column response_since {time};
alter table lead add column response_told_percent integer;
