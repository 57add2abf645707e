use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::sales::{
    analysis::Dimension,
    opportunity::{Model, Status},
    pipeline_stage,
};
use sea_orm::Condition;
use serde_json::{Value as Json, json};

use super::{
    ComparisonAsked, PipelineAsked, SalesAsked, SalesOf, ageing, comparison, pipeline, summary,
};
use crate::{
    customers::customers,
    defaults,
    kernel::{Clock, Ctx, Error, Expected, Read},
    sales::{
        exchange_rates,
        opportunities::{closing, moves, opportunities},
        products,
    },
    testing::{Store, from, stores_at},
};

async fn worlds() -> Vec<(Store, Ctx, Vec<pipeline_stage::Model>)> {
    let noon: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
    let mut worlds = Vec::new();
    for store in stores_at(|| Clock::fixed(noon)).await {
        let ctx = store.workspace().await;
        ctx.tx(async |tx| defaults::create(tx).await).await.unwrap();
        let stages = ctx.can::<pipeline_stage::Entity, Read>().unwrap();
        let mut stages = stages.matching_even_deleted(Condition::all()).await.unwrap();
        stages.sort_by_key(|stage| i64::from(stage.position));
        worlds.push((store, ctx, stages));
    }
    worlds
}

async fn opportunity(ctx: &Ctx, more: Json) -> Model {
    let mut new = json!({"name": "O", "openedOn": "2026-11-02"});
    new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    opportunities::create(ctx, from(new)).await.unwrap()
}

async fn win(ctx: &Ctx, of: &Model, on: &str) {
    closing::win(ctx, of.id, Expected::Any, from(json!({"closedOn": on}))).await.unwrap();
}

async fn lose(ctx: &Ctx, of: &Model, on: &str, to: &str) {
    let how = json!({"closedOn": on, "reason": "Price", "lostTo": to});
    closing::lose(ctx, of.id, Expected::Any, from(how)).await.unwrap();
}

fn by(by: Dimension) -> ComparisonAsked {
    ComparisonAsked { by, status: None, from: None, to: None, of: SalesOf::default() }
}

fn eur(amount: &str) -> Json {
    json!({"amount": amount, "currency": "EUR"})
}

#[tokio::test]
async fn figures_are_what_the_definitions_say() {
    for (store, ctx, stages) in worlds().await {
        for (amount, day) in [("300", "2026-11-12"), ("100", "2026-11-22")] {
            let won = opportunity(&ctx, json!({"amount": eur(amount)})).await;
            win(&ctx, &won, day).await;
        }
        let lost = opportunity(&ctx, json!({"amount": eur("50")})).await;
        lose(&ctx, &lost, "2026-11-07", "Acme").await;
        opportunity(&ctx, json!({"amount": eur("7"), "stageId": stages[1].id})).await;
        opportunity(&ctx, json!({"amount": eur("8")})).await;
        let found = summary(&ctx, &SalesAsked::default()).await.unwrap();
        let figures = &found.figures;
        assert_eq!((figures.opportunities, figures.open, figures.won, figures.lost), (5, 2, 2, 1));
        assert_eq!(figures.win_rate, Some(2.0 / 3.0));
        let minor = |money: &rapport_entity::Money| money.minor().unwrap();
        let values = [&figures.won_value, &figures.lost_value, &figures.open_value].map(minor);
        assert_eq!(values, [40_000, 5_000, 1_500]);
        assert_eq!((figures.mean_days_to_win, figures.mean_days_to_lose), (Some(15.0), Some(5.0)));
        assert_eq!(figures.average_won_value.as_ref().map(minor), Some(20_000));
        // 2 × 2/3 × 200 / 15 a day.
        assert_eq!(figures.velocity.as_ref().map(minor), Some(1_778));
        let places: Vec<_> = found.open_stages.iter().map(|at| (at.stage_id, at.count)).collect();
        assert_eq!(places, [(stages[0].id, 1), (stages[1].id, 1)]);
        let some = SalesAsked { from: Some(from(json!("2026-11-13"))), ..Default::default() };
        let some = summary(&ctx, &some).await.unwrap().figures;
        assert_eq!((some.open, some.won, some.lost), (2, 1, 0));
        let wrong = SalesAsked {
            from: Some(from(json!("2026-11-13"))),
            to: Some(from(json!("2026-11-12"))),
            ..Default::default()
        };
        assert!(matches!(summary(&ctx, &wrong).await, Err(Error::Conflict(_))));
        store.close().await;
    }
}

#[tokio::test]
async fn closed_ones_are_worth_what_they_were_that_day_and_nothing_is_dropped() {
    for (store, ctx, _) in worlds().await {
        for (day, rate) in [("2026-11-01", "0.5"), ("2026-11-20", "0.9")] {
            let rate = json!({"currency": "USD", "validFrom": day, "rate": rate});
            exchange_rates::create(&ctx, from(rate)).await.unwrap();
        }
        let usd = json!({"amount": "10", "currency": "USD"});
        let won = opportunity(&ctx, json!({"amount": usd})).await;
        win(&ctx, &won, "2026-11-12").await;
        opportunity(&ctx, json!({"amount": usd})).await;
        opportunity(&ctx, json!({"amount": {"amount": "10", "currency": "KWD"}})).await;
        let found = summary(&ctx, &SalesAsked::default()).await.unwrap().figures;
        assert_eq!(found.won_value.minor().unwrap(), 500);
        assert_eq!((found.open, found.open_value.minor().unwrap()), (2, 900));
        assert_eq!(
            (found.unconverted[0].count, found.unconverted[0].amount.minor().unwrap()),
            (1, 10_000)
        );
        store.close().await;
    }
}

#[tokio::test]
async fn opportunities_are_compared_by_anything_and_each_is_in_some_group() {
    for (store, ctx, _) in worlds().await {
        let customer =
            json!({"kind": "organization", "name": "C", "industry": "Mining", "country": "CH"});
        let customer = customers::create(&ctx, from(customer)).await.unwrap();
        let product = json!({"name": "P", "sku": "p", "category": "Drills", "price": eur("30")});
        let product = products::create(&ctx, from(product)).await.unwrap().product;
        let line = |price: &str| json!({"productId": product.id, "description": "P", "unitPrice": eur(price)});
        let won = json!({
            "customerId": customer.id, "leadSource": "fair", "campaign": "spring",
            "lines": [line("30"), line("12"), {"description": "Other", "unitPrice": eur("5")}],
        });
        let won = opportunity(&ctx, won).await;
        win(&ctx, &won, "2026-11-12").await;
        let lost = opportunity(&ctx, json!({"amount": eur("50"), "leadSource": "fair"})).await;
        lose(&ctx, &lost, "2026-11-07", "Acme").await;
        opportunity(&ctx, json!({"amount": eur("7")})).await;
        use Dimension::{
            Campaign, CloseReason, Competitor, CustomerCountry, CustomerIndustry, LeadSource,
            MonthClosed, Owner, Pipeline, Product, ProductCategory, Stage, Team,
        };
        for (dimension, name, expected) in [
            (LeadSource, Some("fair"), (1, 1, 0)),
            (Campaign, Some("spring"), (1, 0, 0)),
            (Competitor, Some("Acme"), (0, 1, 0)),
            (CloseReason, Some("Price"), (0, 1, 0)),
            (CustomerIndustry, Some("Mining"), (1, 0, 0)),
            (CustomerCountry, Some("CH"), (1, 0, 0)),
            (MonthClosed, Some("2026-11"), (1, 1, 0)),
            (Pipeline, Some("Sales"), (1, 1, 1)),
            (Stage, Some("Qualification"), (1, 1, 1)),
            (Owner, None, (1, 1, 1)),
            (Team, None, (1, 1, 1)),
            (Product, Some("P"), (1, 0, 0)),
            (ProductCategory, Some("Drills"), (1, 0, 0)),
        ] {
            let found = comparison(&ctx, &by(dimension)).await.unwrap();
            let group = found.groups.iter().find(|group| group.name.as_deref() == name);
            let figures = &group.unwrap_or_else(|| panic!("{dimension:?}: {found:?}")).figures;
            assert_eq!((figures.won, figures.lost, figures.open), expected, "{dimension:?}");
            let all: i64 = found.groups.iter().map(|group| group.figures.opportunities).sum();
            let twice = i64::from(matches!(dimension, Product | ProductCategory));
            assert_eq!(all, 3 + twice, "{dimension:?}");
        }
        let products = comparison(&ctx, &by(Product)).await.unwrap();
        let mut values: Vec<i64> =
            products.groups.iter().map(|group| group.figures.won_value.minor().unwrap()).collect();
        values.sort_unstable();
        assert_eq!(values, [500, 4_200]);
        let lost = ComparisonAsked { status: Some(Status::Lost), ..by(CloseReason) };
        let [reason] = &comparison(&ctx, &lost).await.unwrap().groups[..] else { panic!("one") };
        assert_eq!((reason.name.as_deref(), reason.figures.lost), (Some("Price"), 1));
        store.close().await;
    }
}

#[tokio::test]
async fn stays_in_stages_are_counted_by_how_they_ended() {
    for (store, ctx, stages) in worlds().await {
        let clock = ctx.database().clock().clone();
        let mut made = Vec::new();
        for _ in 0..4 {
            made.push(opportunity(&ctx, json!({"amount": eur("1")})).await);
        }
        let go = async |n: usize, stage: usize| {
            let to = from(json!({"stageId": stages[stage].id}));
            moves::move_opportunity(&ctx, made[n].id, Expected::Any, to).await.unwrap();
        };
        clock.advance(TimeDelta::days(2));
        go(0, 1).await;
        // A change that is no move does not end a stay.
        let amount = from(json!({"amount": eur("2")}));
        opportunities::update(&ctx, made[1].id, Expected::Any, amount).await.unwrap();
        clock.advance(TimeDelta::days(2));
        go(1, 2).await;
        win(&ctx, &made[0], "2026-11-24").await;
        lose(&ctx, &made[2], "2026-11-24", "Acme").await;
        clock.advance(TimeDelta::days(10));
        go(1, 0).await;
        let found = pipeline(&ctx, &PipelineAsked::default()).await.unwrap();
        let first = &found.stages[0];
        assert_eq!((first.entered, first.moved_on, first.lost, first.staying), (5, 2, 1, 2));
        assert_eq!((first.conversion, first.median_days), (Some(0.4), Some(4.0)));
        assert_eq!(first.mean_days, Some(10.0 / 3.0));
        let second = &found.stages[1];
        assert_eq!((second.entered, second.won, second.mean_days), (1, 1, Some(2.0)));
        assert_eq!((found.stages[2].moved_back, found.stages[2].mean_days), (1, Some(10.0)));
        let late = PipelineAsked { from: Some(from(json!("2026-12-01"))), ..Default::default() };
        let late = pipeline(&ctx, &late).await.unwrap();
        assert_eq!(late.stages.iter().map(|stage| stage.entered).collect::<Vec<_>>(), [1, 0, 0, 0]);
        let ageing = ageing(&ctx, &SalesOf::default()).await.unwrap();
        let [stage] = &ageing.stages[..] else { panic!("one stage") };
        let counts: Vec<i64> = stage.buckets.iter().map(|bucket| bucket.count).collect();
        assert_eq!((stage.open, stage.value.minor().unwrap()), (2, 300));
        assert_eq!(counts, [1, 0, 1, 0, 0, 0, 0]);
        store.close().await;
    }
}
