alter table entitlement add column policy_id {uuid};
alter table service_plan add column policy_id {uuid};
