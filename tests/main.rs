//! End to end: the real server, a real database, real clients. Every test runs on SQLite and on PostgreSQL.

mod coverage;
mod customers;
mod feed;
mod framing;
mod graphql;
mod harness;
mod history;
mod identity;
mod operation;
mod readme;
mod retries;
mod segments;
mod two_stores;
mod webhooks;
