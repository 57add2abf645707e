//! A year goes by: customers buy and stop buying, birthdays come round, and segments, stages and history are what a
//! calendar says they must be, on every day that is looked at and for good.

use std::collections::BTreeMap;

use chrono::{Datelike, NaiveDate, TimeDelta};
use serde_json::{Value, json};

use crate::harness::{Client, World, on_both_databases};

const PEOPLE: i64 = 9;
/// Between one look and the next; it divides neither months nor windows.
const STEP: i64 = 11;

/// Somebody who orders every few weeks until they no longer do.
struct Person {
    id: String,
    name: String,
    birthday: NaiveDate,
    /// Days between orders, and the day after which there are none.
    rhythm: (i64, i64),
}

impl Person {
    fn new(n: i64, id: &Value) -> Self {
        Self {
            id: id.as_str().expect("an id").to_owned(),
            name: format!("Person {n}"),
            birthday: birthday(n),
            rhythm: (13 + 7 * n, 60 + 35 * n),
        }
    }

    /// The days, from the first, on which this person orders.
    fn orders(&self) -> impl Iterator<Item = i64> {
        let (every, until) = self.rhythm;
        (1..).map(move |n| n * every).take_while(move |day| *day <= until)
    }

    fn last_order(&self, today: i64) -> Option<i64> {
        self.orders().take_while(|day| *day <= today).last()
    }

    fn bought_within(&self, days: i64, today: i64) -> bool {
        self.last_order(today).is_some_and(|day| today - day <= days)
    }

    fn stage(&self, today: i64) -> &'static str {
        match self.last_order(today) {
            None => "attracted",
            Some(day) if today - day <= 90 => "transacting",
            Some(_) => "lapsed",
        }
    }

    /// Whether the birthday comes round today or in the seven days after.
    fn has_birthday_soon(&self, today: NaiveDate) -> bool {
        (0..=7).map(|days| today + TimeDelta::days(days)).any(|day| {
            let this_year = self.birthday.with_year(day.year());
            let kept = this_year.or(NaiveDate::from_ymd_opt(day.year(), 2, 28));
            kept == Some(day)
        })
    }
}

/// Spread over the year, and one on a leap day.
fn birthday(n: i64) -> NaiveDate {
    let leap = NaiveDate::from_ymd_opt(1996, 2, 29).expect("a leap day");
    leap + TimeDelta::days(n * 41)
}

fn first_day() -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 21).expect("a day")
}

fn day(n: i64) -> NaiveDate {
    first_day() + TimeDelta::days(n)
}

async fn order(ada: &Client, who: &Person, on: NaiveDate) {
    let price = json!({ "amount": "10.00", "currency": "USD" });
    let line = json!({ "description": "Thing", "unitPrice": price });
    let new = json!({ "customerId": who.id, "orderedOn": on, "lines": [line] });
    ada.post("/orders", new).await.expect(201);
}

async fn segment(ada: &Client, name: &str, rule: Value) -> String {
    let made = ada.post("/segments", json!({ "name": name, "rule": rule })).await.expect(201);
    made["id"].as_str().expect("an id").to_owned()
}

async fn stage_rule(ada: &Client, key: &str, rule: Value) -> String {
    let found = ada.get(&format!("/lifecycle-stages?key={key}")).await.expect(200);
    let id = found["items"][0]["id"].as_str().expect("an id").to_owned();
    ada.patch(&format!("/lifecycle-stages/{id}"), json!({ "entryRule": rule })).await.expect(200);
    id
}

fn names(page: &Value) -> Vec<String> {
    let items = page["items"].as_array().expect("items").iter();
    items.map(|item| item["name"].as_str().expect("a name").to_owned()).collect()
}

fn of(people: &[Person], which: impl Fn(&Person) -> bool) -> Vec<String> {
    people.iter().filter(|person| which(person)).map(|person| person.name.clone()).collect()
}

async fn people(world: &World) -> Vec<Person> {
    let ada = world.ada().await;
    let mut people = Vec::new();
    for n in 0..PEOPLE {
        let new =
            json!({ "kind": "person", "name": format!("Person {n}"), "birthday": birthday(n) });
        people.push(Person::new(n, &ada.post("/customers", new).await.expect(201)["id"]));
    }
    people
}

on_both_databases! {
    async fn every_day_of_a_year_is_as_the_calendar_says(world) {
        let people = people(&world).await;
        let ada = world.ada().await;
        let within = |span: &str| json!({ "relation": { "name": "orders", "within": { "last": span } } });
        let bought = segment(&ada, "Bought lately", within("P30D")).await;
        let soon = json!({ "compare": { "field": "birthday", "anniversary": { "to": "P7D" } } });
        let soon = segment(&ada, "Birthday soon", soon).await;
        let both = json!({ "all": [{ "segment": { "id": bought } }, { "segment": { "id": soon } }] });
        let both = segment(&ada, "Both", both).await;
        let lapsed = json!({ "all": [{ "relation": { "name": "orders" } }, { "not": within("P90D") }] });
        let stages: BTreeMap<&str, String> = [
            ("transacting", stage_rule(&ada, "transacting", within("P90D")).await),
            ("lapsed", stage_rule(&ada, "lapsed", lapsed).await),
        ].into();
        let mut seen = Vec::new();
        for today in (0..365 / STEP).map(|n| n * STEP) {
            let ada = world.ada().await;
            for person in &people {
                for on in person.orders().filter(|on| (today - STEP + 1..=today).contains(on)) {
                    order(&ada, person, day(on)).await;
                }
            }
            world.catch_up().await;
            let date = day(today);
            let lately = of(&people, |person| person.bought_within(30, today));
            let birthdays = of(&people, |person| person.has_birthday_soon(date));
            let with_both: Vec<String> = lately.iter().filter(|name| birthdays.contains(name)).cloned().collect();
            for (id, expected) in [(&bought, &lately), (&soon, &birthdays), (&both, &with_both)] {
                let page = ada.get(&format!("/segments/{id}/members?sort=name")).await.expect(200);
                assert_eq!(&names(&page), expected, "on {date}");
            }
            for (key, id) in &stages {
                let page = ada.get(&format!("/customers?stageId={id}&sort=name")).await.expect(200);
                assert_eq!(names(&page), of(&people, |person| person.stage(today) == *key), "{key} on {date}");
            }
            seen.push((date, lately, birthdays));
            world.advance(TimeDelta::days(STEP));
        }
        let ada = world.ada().await;
        for (date, lately, birthdays) in seen {
            // Later than what was done at noon.
            for (id, expected) in [(&bought, lately), (&soon, birthdays)] {
                let page = ada.get(&format!("/segments/{id}/members?sort=name&at={date}T13:00:00Z")).await.expect(200);
                assert_eq!(names(&page), expected, "looking back at {date}");
            }
        }
    }
}
