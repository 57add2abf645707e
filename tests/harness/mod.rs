//! What the tests stand on: a real server over a real database, with named people in it, and typed clients.

use std::time::Duration;

pub mod client;
pub mod program;
pub mod receiver;
pub mod story;
pub mod world;

pub use client::{Answer, Client};
pub use receiver::{Received, Receiver, Reply};
pub use story::{Api, Step};
pub use world::World;

/// So long is waited for what must come: what is told waits for every writer of the cluster, and other tests have long
/// ones on machines that are slow.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// A test that holds on SQLite and on PostgreSQL. Its name is a sentence; each database gets a world of its own.
macro_rules! on_both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($world:ident) $body:block)+) => {
        $(
            $(#[$meta])*
            mod $name {
                #[allow(unused_imports, clippy::allow_attributes, reason = "each test needs some of its imports")]
                use super::*;

                async fn holds($world: $crate::harness::World) $body

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn on_sqlite() {
                    holds($crate::harness::World::on_sqlite().await).await;
                }

                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn on_postgres() {
                    if let Some(world) = $crate::harness::World::on_postgres().await {
                        holds(world).await;
                    }
                }
            }
        )+
    };
}

pub(crate) use on_both_databases;
