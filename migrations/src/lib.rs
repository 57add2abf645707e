//! The schema, for both databases, forward only. A migration is one SQL text with placeholders for what the
//! databases name differently; what only one of them has stands in a text of its own beside it.

mod fill;
mod m0001_foundation;
mod m0002_customers_by_industry;
mod m0003_search_words;
mod m0004_log_windows;
mod m0005_idempotency;
mod m0006_api_keys;
mod m0007_webhooks;
mod m0008_jobs;
mod m0009_custom_fields;
mod m0010_following;
mod m0011_work;
mod m0012_scores;
mod m0013_lifecycle;
mod m0014_membership;
mod m0015_plays;
mod m0016_opportunities;
mod m0017_prices;
mod m0018_leads;
mod m0019_forecasts;
mod m0020_ownership;
mod m0021_targets;
mod m0022_approvals;
mod m0023_quotes;
mod m0024_orders;
mod m0025_lead_forms;
mod m0026_deliveries;
mod m0027_open_periods;
mod m0028_agreements;
mod m0029_service_policies;
mod m0030_service_requests;
mod m0031_assignment;
mod m0032_service_history;
mod m0033_attachments;
mod m0034_complaints;
mod m0035_surveys;
mod m0036_escalation;
mod m0037_lead_response;
mod m0038_site;
mod m0039_entitled_policy;
mod render;
mod row_level_security;
mod search;

use sea_orm_migration::prelude::*;
pub use sea_orm_migration::{MigratorTrait, seaql_migrations};

/// Brings a database up to date.
pub struct Migrator;

impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m0001_foundation::Migration),
            Box::new(m0002_customers_by_industry::Migration),
            Box::new(m0003_search_words::Migration),
            Box::new(m0004_log_windows::Migration),
            Box::new(m0005_idempotency::Migration),
            Box::new(m0006_api_keys::Migration),
            Box::new(m0007_webhooks::Migration),
            Box::new(m0008_jobs::Migration),
            Box::new(m0009_custom_fields::Migration),
            Box::new(m0010_following::Migration),
            Box::new(m0011_work::Migration),
            Box::new(m0012_scores::Migration),
            Box::new(m0013_lifecycle::Migration),
            Box::new(m0013_lifecycle::Indexes),
            Box::new(m0014_membership::Migration),
            Box::new(m0015_plays::Migration),
            Box::new(m0015_plays::Indexes),
            Box::new(m0016_opportunities::Migration),
            Box::new(m0016_opportunities::Indexes),
            Box::new(m0017_prices::Migration),
            Box::new(m0018_leads::Migration),
            Box::new(m0018_leads::Indexes),
            Box::new(m0019_forecasts::Migration),
            Box::new(m0020_ownership::Migration),
            Box::new(m0020_ownership::Indexes),
            Box::new(m0021_targets::Migration),
            Box::new(m0021_targets::Indexes),
            Box::new(m0022_approvals::Migration),
            Box::new(m0023_quotes::Migration),
            Box::new(m0024_orders::Migration),
            Box::new(m0024_orders::Indexes),
            Box::new(m0025_lead_forms::Migration),
            Box::new(m0025_lead_forms::Indexes),
            Box::new(m0026_deliveries::Migration),
            Box::new(m0027_open_periods::Migration),
            Box::new(m0028_agreements::Migration),
            Box::new(m0029_service_policies::Migration),
            Box::new(m0030_service_requests::Migration),
            Box::new(m0031_assignment::Migration),
            Box::new(m0032_service_history::Migration),
            Box::new(m0033_attachments::Migration),
            Box::new(m0034_complaints::Migration),
            Box::new(m0035_surveys::Migration),
            Box::new(m0036_escalation::Migration),
            Box::new(m0037_lead_response::Migration),
            Box::new(m0038_site::Migration),
            Box::new(m0038_site::Indexes),
            Box::new(m0039_entitled_policy::Migration),
        ]
    }
}
