use chrono::TimeDelta;
use futures_util::{FutureExt, future::join_all};
use rapport_entity::{identity::workspace, log::event::ActorKind};
use sea_orm::DbBackend;

use super::*;
use crate::{
    kernel::{ActorData, Clock, limits::bucket::Bucket},
    testing::{Store, stores_at},
};

fn settings(writes: u32) -> Settings {
    Settings { writes, ..Settings::default() }
}

fn noon() -> Clock {
    Clock::fixed("2026-03-02T12:00:00Z".parse().expect("a time"))
}

/// Somebody in a workspace.
fn somebody(workspace: workspace::Id) -> Actor {
    Actor::from(ActorData {
        workspace,
        kind: ActorKind::User,
        user: Some(rapport_entity::identity::user::Id::new()),
        session: None,
        key: None,
        teams: Vec::new(),
        permissions: Default::default(),
        at_leisure: false,
        time_zone: Default::default(),
        currency: "EUR".parse().expect("a currency"),
        fiscal_year_start: Default::default(),
        custom: std::sync::Arc::default(),
    })
}

async fn is_granted(limits: &Limits, who: &Actor) -> bool {
    limits.draw(who, Budget::Writes, 1).await.wait().is_none()
}

async fn granted(limits: &Limits, who: &Actor, times: usize) -> usize {
    let all = join_all((0..times).map(|_| is_granted(limits, who))).await;
    all.into_iter().filter(|granted| *granted).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_is_spent_and_fills_again() {
    for store in stores_at(noon).await {
        let limits = Limits::new(store.database.clone(), settings(60));
        let ada = somebody(workspace::Id::new());
        assert_eq!(granted(&limits, &ada, 100).await, 60);
        let refused = limits.draw(&ada, Budget::Writes, 1).await;
        assert_eq!(refused.wait(), Some(1));
        let left = refused.caller.expect("a budget");
        assert_eq!((left.granted, left.tokens, left.full_in), (false, 0, 60));
        assert!(limits.draw(&ada, Budget::Reads, 1).await.wait().is_none(), "reads are apart");
        store.database.clock().advance(TimeDelta::seconds(5));
        assert_eq!(granted(&limits, &ada, 100).await, 5);
        store.database.clock().advance(TimeDelta::days(40));
        assert_eq!(granted(&limits, &ada, 100).await, 60);
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_has_a_budget_of_their_own_and_all_of_a_workspace_have_one() {
    for store in stores_at(noon).await {
        let limits = Limits::new(store.database.clone(), settings(40));
        let (acme, rival) = (workspace::Id::new(), workspace::Id::new());
        let callers: Vec<Actor> = (0..6).map(|_| somebody(acme)).collect();
        let mut all = Vec::new();
        for caller in &callers {
            all.push(granted(&limits, caller, 50).await);
        }
        assert_eq!(all, [40, 40, 40, 40, 0, 0], "four times what one has");
        assert_eq!(granted(&limits, &somebody(rival), 50).await, 40);
        store.database.clock().advance(TimeDelta::seconds(3));
        // The last had spent nothing of their own: what the workspace refuses is given back.
        assert_eq!(granted(&limits, &callers[5], 50).await, 8);
        store.close().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_limits_nothing_is_counted() {
    for store in stores_at(noon).await {
        let limits = Limits::new(store.database.clone(), Settings::none());
        let standing = limits.draw(&somebody(workspace::Id::new()), Budget::Bulk, u32::MAX).await;
        assert_eq!(standing, Standing { caller: None, workspace: None });
        store.close().await;
    }
}

async fn on_postgres() -> Option<Store> {
    let mut found = None;
    for store in stores_at(noon).await {
        match store.database.backend() {
            DbBackend::Postgres => found = Some(store),
            _ => store.close().await,
        }
    }
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_share_a_budget() {
    let Some(store) = on_postgres().await else { return };
    let nodes = [(); 2].map(|()| Limits::new(store.database.clone(), settings(200)));
    let ada = somebody(workspace::Id::new());
    let mut sum = 0;
    for _ in 0..20 {
        for node in &nodes {
            sum += granted(node, &ada, 10).await;
        }
    }
    // What one node has borrowed the other cannot spend.
    assert!((190..=200).contains(&sum), "{sum}");
    store.database.clock().advance(TimeDelta::seconds(30));
    for node in &nodes {
        sum += granted(node, &ada, 200).await;
    }
    assert!((290..=300).contains(&sum), "{sum}");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_shared_row_does_as_a_bucket_does() {
    let Some(store) = on_postgres().await else { return };
    let quota = Quota::a_minute(1_000);
    let (key, token) = ((Uuid::now_v7(), 0), MINUTE);
    let start = store.database.clock().now().timestamp_micros();
    let mut bucket = Bucket::full(quota, start);
    for (later, wanted) in [
        (0, 700 * token),
        (0, 700 * token),
        (1, 10 * token),
        (6_000_007, 40 * token + 1),
        (5_000_000, 500 * token),
        // Another node's clock is behind.
        (4_000_000, 500 * token),
        (8_000_000, 3 * token),
        (3 * MINUTE, 5_000 * token),
        (40 * 24 * 60 * MINUTE, 999 * token),
        // The clock is set back.
        (7_000_000, 100 * token),
        (8_000_000, 100 * token),
        (9_000_000, 0),
    ] {
        let now = start + later;
        let borrowed = shared::borrow(&store.database, key, quota, wanted, now).await;
        let (granted, row) = borrowed.expect("an answer");
        assert_eq!(granted, bucket.take(quota, wanted, now), "after {later}");
        assert_eq!(row, bucket, "after {later}");
    }
    shared::forget(&store.database, start + MINUTE).await.expect("an answer");
    let again = shared::borrow(&store.database, key, quota, 0, start).await.expect("an answer");
    assert_eq!(again.1, Bucket::full(quota, start));
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_on_one_row_get_no_more_than_there_is() {
    let Some(store) = on_postgres().await else { return };
    let nodes: Vec<Limits> =
        (0..4).map(|_| Limits::new(store.database.clone(), settings(100))).collect();
    let ada = somebody(workspace::Id::new());
    let all = join_all(nodes.iter().map(|node| granted(node, &ada, 100))).await;
    let sum: usize = all.iter().sum();
    assert!((85..=100).contains(&sum), "{all:?}");
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_broken_off_leaves_the_budget_usable() {
    let Some(store) = on_postgres().await else { return };
    let limits = Limits::new(store.database.clone(), settings(60));
    // Where the database has answered by then, nothing is broken off.
    let ada = loop {
        let ada = somebody(workspace::Id::new());
        if limits.draw(&ada, Budget::Writes, 1).now_or_never().is_none() {
            break ada;
        }
    };
    assert!(granted(&limits, &ada, 100).await >= 59);
    store.close().await;
}
