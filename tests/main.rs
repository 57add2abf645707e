//! End to end: the real server, a real database, real clients. Every test runs on SQLite and on PostgreSQL.

mod coverage;
mod customers;
mod exports;
mod framing;
mod graphql;
mod harness;
mod identity;
mod imports;
mod jobs;
mod operation;
mod readme;
mod segments;
mod two_stores;
