use chrono::{DateTime, Datelike, TimeDelta, Utc};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use rapport_entity::sales::{
    analysis::ForecastBy,
    opportunity::{Entity as Opportunities, Model, Status},
    pipeline_stage::{self, ForecastCategory},
};
use sea_orm::Condition;
use serde_json::{Value as Json, json};

use super::{Forecast, ForecastAsked, ForecastFigures, forecast};
use crate::{
    defaults,
    kernel::{Clock, Ctx, Error, Expected, Read},
    sales::{
        exchange_rates,
        opportunities::{closing, moves, opportunities},
    },
    testing::{Store, from, stores_at},
};

async fn worlds() -> Vec<(Store, Ctx, Vec<pipeline_stage::Model>)> {
    let noon: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
    let mut worlds = Vec::new();
    for store in stores_at(|| Clock::fixed(noon)).await {
        let ctx = store.workspace().await;
        ctx.tx(async |tx| defaults::create(tx).await).await.unwrap();
        let stages = stages(&ctx).await;
        worlds.push((store, ctx, stages));
    }
    worlds
}

async fn stages(ctx: &Ctx) -> Vec<pipeline_stage::Model> {
    let stages = ctx.can::<pipeline_stage::Entity, Read>().unwrap();
    let mut stages = stages.matching_even_deleted(Condition::all()).await.unwrap();
    stages.sort_by_key(|stage| i64::from(stage.position));
    stages
}

async fn opportunity(ctx: &Ctx, stage: &pipeline_stage::Model, amount: &str, day: Json) -> Model {
    let new = json!({
        "name": "O", "stageId": stage.id, "amount": {"amount": amount, "currency": "EUR"},
        "expectedCloseOn": day, "openedOn": "2026-01-01",
    });
    opportunities::create(ctx, from(new)).await.unwrap()
}

fn months(from_month: &str, to: &str) -> ForecastAsked {
    let (from, to) = (Some(from_month.parse().unwrap()), Some(to.parse().unwrap()));
    ForecastAsked { from, to, ..Default::default() }
}

fn minors(of: &ForecastFigures) -> [i64; 5] {
    [&of.closed.amount, &of.commit.amount, &of.best_case.amount, &of.pipeline.amount, &of.weighted]
        .map(|money| money.minor().unwrap())
}

#[tokio::test]
async fn a_forecast_tells_what_comes_by_how_sure_it_is_and_what_became_of_it() {
    for (store, ctx, stages) in worlds().await {
        let won = opportunity(&ctx, &stages[3], "100", json!("2026-11-30")).await;
        let slips = opportunity(&ctx, &stages[2], "10.01", json!("2026-11-30")).await;
        let lost = opportunity(&ctx, &stages[0], "0.05", json!("2026-12-31")).await;
        opportunity(&ctx, &stages[1], "7", json!("2026-10-31")).await;
        opportunity(&ctx, &stages[1], "8", Json::Null).await;
        let asked = months("2026-11", "2026-12");
        let found = forecast(&ctx, &asked).await.unwrap();
        let [november, december] = &found.periods[..] else { panic!("two periods") };
        // 80 + 6.006 is rounded to the cent; 0.005 is rounded to the even one.
        assert_eq!(minors(&november.figures), [0, 10_000, 1_001, 0, 8_601]);
        assert_eq!(minors(&december.figures), [0, 0, 0, 5, 0]);
        assert_eq!((minors(&found.overdue)[3], found.overdue.pipeline.count), (700, 1));
        assert_eq!((minors(&found.undated)[3], found.undated.pipeline.count), (800, 1));
        assert_eq!(november.outcome, None);
        let then = ctx.database().clock().now();
        ctx.database().clock().advance(TimeDelta::days(3));
        closing::win(&ctx, won.id, Expected::Any, from(json!({}))).await.unwrap();
        let later = json!({"expectedCloseOn": "2026-12-15"});
        opportunities::update(&ctx, slips.id, Expected::Any, from(later)).await.unwrap();
        let why = json!({"reason": "Price"});
        closing::lose(&ctx, lost.id, Expected::Any, from(why)).await.unwrap();
        let new = opportunity(&ctx, &stages[3], "55", json!("2027-01-31")).await;
        closing::win(&ctx, new.id, Expected::Any, from(json!({}))).await.unwrap();
        let now = forecast(&ctx, &asked).await.unwrap();
        assert_eq!(minors(&now.periods[0].figures), [15_500, 0, 0, 0, 15_500]);
        assert_eq!(minors(&now.periods[1].figures), [0, 0, 1_001, 0, 601]);
        let past = ForecastAsked { as_of: Some(then), ..asked.clone() };
        let past = forecast(&ctx, &past).await.unwrap();
        assert_eq!(past.periods[0].figures, november.figures);
        assert_eq!(past.periods[1].figures, december.figures);
        assert_eq!((&past.overdue, &past.undated), (&found.overdue, &found.undated));
        let came = past.periods[0].outcome.as_ref().unwrap();
        assert_eq!((came.won.count, came.slipped.count, came.new.count), (1, 1, 1));
        assert_eq!((came.actual.count, came.actual.amount.minor().unwrap()), (2, 15_500));
        assert_eq!(past.periods[1].outcome.as_ref().unwrap().lost.count, 1);
        let tomorrow = ctx.database().clock().now() + TimeDelta::days(1);
        let wrong = ForecastAsked { as_of: Some(tomorrow), ..asked };
        assert!(matches!(forecast(&ctx, &wrong).await, Err(Error::Conflict(_))));
        store.close().await;
    }
}

#[tokio::test]
async fn what_has_no_rate_is_told_of_apart_and_products_count_for_themselves() {
    for (store, ctx, stages) in worlds().await {
        let of = |currency: &str, amount: &str| {
            json!({
                "name": "O", "stageId": stages[3].id, "expectedCloseOn": "2026-11-30",
                "amount": {"amount": amount, "currency": currency},
            })
        };
        let rate = json!({"currency": "USD", "validFrom": "2026-01-01", "rate": "0.5"});
        exchange_rates::create(&ctx, from(rate)).await.unwrap();
        opportunities::create(&ctx, from(of("USD", "10"))).await.unwrap();
        opportunities::create(&ctx, from(of("JPY", "1000"))).await.unwrap();
        let found = forecast(&ctx, &months("2026-11", "2026-11")).await.unwrap();
        let figures = &found.periods[0].figures;
        assert_eq!((figures.commit.count, minors(figures)), (2, [0, 500, 0, 0, 400]));
        let [apart] = &found.unconverted[..] else { panic!("one currency") };
        assert_eq!((apart.count, apart.amount.minor().unwrap()), (1, 1_000));
        let asked =
            ForecastAsked { group_by: Some(ForecastBy::Product), ..months("2026-11", "2026-11") };
        let found = forecast(&ctx, &asked).await.unwrap();
        let [none] = &found.periods[0].groups[..] else { panic!("one group") };
        assert_eq!((&none.key, &none.figures), (&None, &found.periods[0].figures));
        store.close().await;
    }
}

/// What somebody does to an opportunity.
#[derive(Clone, Debug)]
enum Act {
    Create(usize, i64, u32),
    Amount(usize, i64),
    Expect(usize, u32),
    Move(usize, usize),
    Win(usize),
    Lose(usize),
    Reopen(usize),
    Delete(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let one = prop_oneof![
        (0..4_usize, 0..1_000_i64, 0..3_u32).prop_map(|(s, a, m)| Act::Create(s, a, m)),
        (0..6_usize, 0..1_000_i64).prop_map(|(n, a)| Act::Amount(n, a)),
        (0..6_usize, 0..3_u32).prop_map(|(n, m)| Act::Expect(n, m)),
        (0..6_usize, 0..4_usize).prop_map(|(n, s)| Act::Move(n, s)),
        (0..6_usize).prop_map(Act::Win),
        (0..6_usize).prop_map(Act::Lose),
        (0..6_usize).prop_map(Act::Reopen),
        (0..6_usize).prop_map(Act::Delete),
    ];
    proptest::collection::vec(one, 1..16)
}

fn day(month: u32) -> Json {
    json!(format!("2026-{:02}-15", 10 + month))
}

async fn act(ctx: &Ctx, stages: &[pipeline_stage::Model], made: &mut Vec<Model>, act: &Act) {
    let of = |n: usize| made.get(n % made.len().max(1)).map(|row| row.id);
    let amount = |minor: i64| json!({"amount": format!("{}.{:02}", minor / 100, minor % 100), "currency": "EUR"});
    let any = Expected::Any;
    // Some of it is refused: of what is closed, or deleted.
    let _refused = match act {
        Act::Create(stage, minor, month) => {
            let new = json!({"name": "O", "stageId": stages[*stage].id, "amount": amount(*minor), "expectedCloseOn": day(*month)});
            made.push(opportunities::create(ctx, from(new)).await.unwrap());
            return;
        }
        Act::Amount(n, minor) => {
            let Some(id) = of(*n) else { return };
            opportunities::update(ctx, id, any, from(json!({"amount": amount(*minor)}))).await
        }
        Act::Expect(n, month) => {
            let Some(id) = of(*n) else { return };
            opportunities::update(ctx, id, any, from(json!({"expectedCloseOn": day(*month)}))).await
        }
        Act::Move(n, stage) => {
            let Some(id) = of(*n) else { return };
            let to = from(json!({"stageId": stages[*stage].id}));
            moves::move_opportunity(ctx, id, any, to).await
        }
        Act::Win(n) => {
            let Some(id) = of(*n) else { return };
            closing::win(ctx, id, any, from(json!({}))).await
        }
        Act::Lose(n) => {
            let Some(id) = of(*n) else { return };
            closing::lose(ctx, id, any, from(json!({"reason": "Price"}))).await
        }
        Act::Reopen(n) => {
            let Some(id) = of(*n) else { return };
            closing::reopen(ctx, id, any, from(json!({"reason": "Again."}))).await
        }
        Act::Delete(n) => {
            let Some(id) = of(*n) else { return };
            opportunities::delete(ctx, id, any).await
        }
    };
}

/// The forecast of a month, reckoned from what opportunities are: counts and minor units by category, and weighted.
fn replayed(rows: &[Model], month: u32) -> ([i64; 4], [i64; 5]) {
    let (mut counts, mut minors, mut hundredths) = ([0; 4], [0; 5], 0_i64);
    for row in rows {
        let day = match row.status {
            Status::Open => row.expected_close_on,
            Status::Won => row.closed_on,
            Status::Lost => continue,
        };
        let place = match (row.status, row.forecast_category) {
            (Status::Won, _) => 0,
            (_, ForecastCategory::Commit) => 1,
            (_, ForecastCategory::BestCase) => 2,
            (_, ForecastCategory::Pipeline) => 3,
            _ => continue,
        };
        if day.is_some_and(|day| day.day().month() == month) {
            counts[place] += 1;
            minors[place] += row.amount_minor;
            hundredths += row.amount_minor * i64::from(row.probability);
        }
    }
    let (whole, rest) = (hundredths / 100, hundredths % 100);
    let up = rest > 50 || (rest == 50 && whole % 2 == 1);
    minors[4] = whole + i64::from(up);
    (counts, minors)
}

fn told(of: &Forecast) -> Vec<([i64; 4], [i64; 5])> {
    let told = |figures: &ForecastFigures| {
        let all = [&figures.closed, &figures.commit, &figures.best_case, &figures.pipeline];
        (all.map(|sum| sum.count), minors(figures))
    };
    of.periods.iter().map(|period| told(&period.figures)).collect()
}

#[tokio::test]
async fn a_forecast_as_of_then_is_what_replaying_the_opportunities_until_then_tells() {
    let mut runner = TestRunner::deterministic();
    for (store, _, _) in worlds().await {
        for _ in 0..12 {
            let ctx = store.workspace().await;
            ctx.tx(async |tx| defaults::create(tx).await).await.unwrap();
            let stages = stages(&ctx).await;
            let acts = acts().new_tree(&mut runner).unwrap().current();
            let (mut made, mut moments) = (Vec::new(), Vec::new());
            for one in &acts {
                act(&ctx, &stages, &mut made, one).await;
                let rows = ctx.can::<Opportunities, Read>().unwrap();
                let rows = rows.filtered(Condition::all(), 100).await.unwrap();
                moments.push((ctx.database().clock().now(), rows));
                ctx.database().clock().advance(TimeDelta::hours(7));
            }
            let left: Vec<_> = moments.last().unwrap().1.iter().map(|row| row.id).collect();
            let asked = months("2026-10", "2026-12");
            for (moment, rows) in &moments {
                // Who is deleted counts nowhere, not in the past either.
                let rows: Vec<Model> =
                    rows.iter().filter(|row| left.contains(&row.id)).cloned().collect();
                let asked = ForecastAsked { as_of: Some(*moment), ..asked.clone() };
                let found = forecast(&ctx, &asked).await.unwrap();
                let expected: Vec<_> = (10..=12).map(|month| replayed(&rows, month)).collect();
                assert_eq!(told(&found), expected, "{acts:?} at {moment}");
                for (period, (counts, _)) in found.periods.iter().zip(&expected) {
                    let came = period.outcome.as_ref().unwrap();
                    let became =
                        [&came.won, &came.won_elsewhere, &came.lost, &came.slipped, &came.open];
                    let became: i64 = became.map(|sum| sum.count).iter().sum();
                    assert_eq!(became, counts.iter().sum::<i64>(), "{acts:?}");
                }
            }
            let now = forecast(&ctx, &asked).await.unwrap();
            let then = Some(ctx.database().clock().now());
            let as_of_now = forecast(&ctx, &ForecastAsked { as_of: then, ..asked }).await.unwrap();
            assert_eq!(told(&now), told(&as_of_now));
            for period in &as_of_now.periods {
                assert_eq!(period.outcome.as_ref().unwrap().new.count, 0);
                assert_eq!(period.outcome.as_ref().unwrap().actual, period.figures.closed);
            }
        }
        store.close().await;
    }
}
