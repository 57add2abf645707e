use chrono::TimeDelta;
use rapport_entity::{
    customers::customer,
    log::event,
    plays::{play, play_run},
};
use sea_orm::{EntityTrait, QueryOrder};
use serde_json::json;

use super::{Plays, Runner, plays};
use crate::{
    customers::customers,
    following::{Reader, Turn},
    kernel::{Clock, Ctx, Expected},
    lifecycle::{moves, stages},
    readers,
    testing::{Store, from, stores_at},
    timed,
};

async fn customer(ctx: &Ctx) -> customer::Model {
    let new = json!({ "name": "Ann", "kind": "person", "birthday": "1990-11-23" });
    customers::create(ctx, from(new)).await.unwrap()
}

async fn play(ctx: &Ctx, name: &str, trigger: serde_json::Value) -> play::Model {
    let actions = json!([{ "tag": { "tags": [name] } }]);
    let new = json!({ "name": name, "trigger": trigger, "actions": actions });
    plays::create(ctx, from(new)).await.unwrap()
}

async fn runs(ctx: &Ctx) -> Vec<play_run::Model> {
    let all = play_run::Entity::find().order_by_asc(play_run::Column::Id);
    ctx.rows::<play_run::Entity>().all(all).await.unwrap()
}

async fn settle(store: &Store, ctx: &Ctx) {
    for _ in 0..2 {
        readers::catch_up(&store.database, ctx.actor().workspace).await.unwrap();
        timed::catch_up(&Runner, &store.database).await.unwrap();
    }
}

#[tokio::test]
async fn whatever_is_read_again_from_the_beginning_is_played_once() {
    let clock = || Clock::fixed("2026-11-22T12:00:00Z".parse().unwrap());
    for store in stores_at(clock).await {
        let ctx = store.workspace().await;
        let clock = store.database.clock().clone();
        let new = |name: &str| json!({ "name": name, "key": name, "position": 1 });
        let first = stages::create(&ctx, from(new("first"))).await.unwrap();
        let second = stages::create(&ctx, from(new("second"))).await.unwrap();
        let (of, then) = (json!({ "stageId": first.id }), json!({ "stageId": second.id }));
        play(&ctx, "entered", json!({ "enteredStage": of })).await;
        play(&ctx, "left", json!({ "leftStage": of })).await;
        let long = json!({ "inStage": { "stageId": second.id, "longerThan": "PT1H" } });
        play(&ctx, "long", long).await;
        play(&ctx, "birthday", json!({ "date": { "field": "birthday" } })).await;
        clock.advance(TimeDelta::minutes(1));
        let ann = customer(&ctx).await;
        for to in [&of, &then] {
            clock.advance(TimeDelta::minutes(1));
            moves::move_customer(&ctx, ann.id, Expected::Any, from(to.clone())).await.unwrap();
        }
        clock.advance(TimeDelta::days(1));
        settle(&store, &ctx).await;
        let done = runs(&ctx).await;
        assert_eq!(done.len(), 4);
        assert!(done.iter().all(|run| run.status == play_run::Status::Done), "{done:?}");
        let turn = Turn { at: clock.now(), pace: TimeDelta::zero() };
        let all = event::Entity::find().order_by_asc(event::Column::Seq);
        let all = ctx.rows::<event::Entity>().all(all).await.unwrap();
        let since = turn.at - TimeDelta::days(30);
        ctx.tx(async |tx| {
            Plays.begin(tx, turn).await?;
            Plays.follow(tx, &all, turn).await?;
            Plays.pass(tx, since, turn).await
        })
        .await
        .unwrap();
        settle(&store, &ctx).await;
        assert_eq!(runs(&ctx).await, done);
        store.close().await;
    }
}
