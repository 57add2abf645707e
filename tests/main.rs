//! End to end: the real server, a real database, real clients. Every test runs on SQLite and on PostgreSQL.

#![recursion_limit = "256"]

mod analysis;
mod api_keys;
mod batches;
mod behalf;
mod consents;
mod contact_points;
mod coverage;
mod crashes;
mod custom_fields;
mod customers;
mod exports;
mod feed;
mod framing;
mod graphql;
mod harness;
mod history;
mod identity;
mod imports;
mod interactions;
mod jobs;
mod leads;
mod lifecycle;
mod lifecycle_rules;
mod limits;
mod losses;
mod membership;
mod notifications;
mod operation;
mod opportunities;
mod pictures;
mod pipeline_imports;
mod plays;
mod prices;
mod readme;
mod retries;
mod sales_analysis;
mod scores;
mod segments;
mod sync;
mod tasks;
mod two_stores;
mod webhooks;
mod year;
