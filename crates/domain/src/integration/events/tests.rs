use std::pin::pin;

use futures_util::{FutureExt, StreamExt};
use rapport_entity::{
    customers::customer,
    identity::{role::Grants, user},
    log::event::Event,
};
use serde_json::json;

use super::{After, Wanted, on_the_wire, readable, subscribe};
use crate::{
    customers::customers,
    kernel::{Actor, ActorData, Ctx, Error, Permissions, Position, log},
    readers,
    segmentation::segments,
    testing::{from, stores},
};

async fn customer(ctx: &Ctx, name: &str) -> customer::Model {
    let new = json!({"name": name, "kind": "person"});
    customers::create(ctx, from(new)).await.unwrap()
}

/// Somebody with these leaves alone.
fn with(ctx: &Ctx, grants: serde_json::Value) -> Ctx {
    let actor = ctx.actor();
    let grants: Grants = from(grants);
    let data = ActorData {
        workspace: actor.workspace,
        kind: actor.kind,
        user: Some(user::Id::new()),
        session: None,
        key: None,
        teams: Vec::new(),
        permissions: Permissions::of(None, &grants),
        at_leisure: false,
        time_zone: actor.time_zone.clone(),
        currency: actor.currency.clone(),
        fiscal_year_start: Default::default(),
        custom: std::sync::Arc::default(),
    };
    Ctx::new(ctx.database().clone(), Actor::from(data))
}

#[tokio::test]
async fn a_subscriber_is_told_what_happens_once_and_in_order() {
    for store in stores().await {
        let ctx = store.workspace().await;
        customer(&ctx, "before").await;
        let mut settled =
            pin!(subscribe(ctx.clone(), Wanted::default(), After::Start).await.unwrap());
        let before = settled.next().await.unwrap().unwrap();

        let mut live = pin!(subscribe(ctx.clone(), Wanted::default(), After::Now).await.unwrap());
        let names: Vec<String> = (0..5).map(|n| format!("C{n}")).collect();
        for name in &names {
            customer(&ctx, name).await;
        }
        let told: Vec<Event> = live.by_ref().take(5).map(|event| event.unwrap()).collect().await;
        let seen: Vec<_> = told.iter().map(|event| event.data["after"]["name"].clone()).collect();
        assert_eq!(seen, names.iter().map(|name| json!(name)).collect::<Vec<_>>());
        assert_eq!(told[0].kind, "rapport.customer.created.v1");
        assert!(live.next().now_or_never().is_none());

        for (cursor, rest) in [(&before.cursor, 5), (&told[2].cursor, 2), (&told[3].cursor, 1)] {
            let resumed =
                subscribe(ctx.clone(), Wanted::default(), cursor.parse().unwrap()).await.unwrap();
            let resumed: Vec<Event> =
                resumed.take(rest).map(|event| event.unwrap()).collect().await;
            assert_eq!(resumed, told[5 - rest..]);
        }
        store.close().await;
    }
}

#[tokio::test]
async fn a_subscriber_is_told_only_what_they_may_read() {
    for store in stores().await {
        let ctx = store.workspace().await;
        let all = json!({"all": []});
        segments::create(&ctx, from(json!({"name": "All", "rule": all}))).await.unwrap();
        customer(&ctx, "somebody").await;
        readers::catch_up(ctx.database(), ctx.actor().workspace).await.unwrap();
        let told = async |grants| {
            let db = ctx.reader().await.unwrap();
            let entries = log::read(&db, ctx.actor().workspace, Position::default(), 100).await;
            let told = readable(&with(&ctx, grants), entries.unwrap(), None).await.unwrap();
            told.into_iter().map(|entry| on_the_wire(entry).kind).collect::<Vec<_>>()
        };
        let read = |resource: &str, scope: &str| json!({"resource": resource, "verb": "read", "scope": scope});
        assert!(told(json!([])).await.is_empty());
        let customers = told(json!([read("customer", "all")])).await;
        assert_eq!(customers, ["rapport.customer.created.v1"]);
        // The customer is nobody's: neither theirs, nor is their moving into the segment for them to see.
        let theirs = told(json!([read("customer", "own"), read("segment", "all")])).await;
        assert_eq!(theirs, ["rapport.segment.created.v1"]);
        let both = told(json!([read("customer", "all"), read("segment", "all")])).await;
        assert_eq!(both[1..], ["rapport.customer.created.v1", "rapport.segment.entered.v1"]);

        let none = subscribe(with(&ctx, json!([])), Wanted::default(), After::Now).await.err();
        assert!(matches!(none, Some(Error::Forbidden { resource: "event", .. })));
        assert!("nonsense".parse::<After>().is_err());
        store.close().await;
    }
}
