//! What an opportunity of a file becomes here.

use chrono::{DateTime, NaiveDate, Utc};
use rapport_entity::{
    Date, Name, Percentage, Probability,
    customers::customer,
    identity::user,
    sales::{
        close_reason::{self, Outcome},
        opportunity::{self, ActiveModel, AmountSource, Model, Status},
        opportunity_line,
        pipeline_stage::{self, ForecastCategory},
        product,
    },
    values::fold,
};
use sea_orm::ActiveValue::{self, NotSet, Set};

use super::{super::report::Wrong, Line, Named, Record, write::Known};
use crate::{
    kernel::{Error, Result, Tx, day_of, start_of},
    sales::{amounts::LineAmounts, opportunities::stage_due_at},
};

/// An opportunity with everything it refers to.
pub struct Draft {
    pub row: ActiveModel,
    pub line: Option<opportunity_line::Model>,
    /// Since when it has been open, where it is closed.
    pub opened_at: DateTime<Utc>,
    /// Since when it has been as the file has it.
    pub since: DateTime<Utc>,
}

/// What an opportunity refers to.
struct References<'k> {
    customer: ActiveValue<Option<customer::Id>>,
    owner: ActiveValue<Option<user::Id>>,
    stage: Option<&'k pipeline_stage::Model>,
    reason: Option<close_reason::Id>,
    product: Option<&'k product::Model>,
}

impl Draft {
    /// The opportunity as it will be, or all that is wrong with it. `there` is the opportunity as it is here.
    pub fn new(
        tx: &Tx<'_>,
        known: &Known,
        record: &Record,
        there: Option<&Model>,
    ) -> Result<Result<Self, Vec<Wrong>>> {
        let mut wrong = Vec::new();
        if there.is_some_and(|there| there.deleted_at.is_some()) {
            let why = "this opportunity was deleted here; restore it to import it";
            wrong.push(Wrong::new("externalId", why));
        }
        if there.is_some_and(|there| there.currency != record.currency) {
            wrong.push(Wrong::new("currency", "is not the currency it has here"));
        }
        let said = record.status.or_else(|| known.outcome(record));
        let status = said.or(there.map(|there| there.status)).unwrap_or_default();
        let references = refer(known, record, there, status, &mut wrong);
        let closed_on = record.closed_on.or(there.and_then(|there| there.closed_on));
        let opened_on = match (&record.opened_on, there) {
            (Set(day), _) => *day,
            (_, Some(there)) => there.opened_on,
            _ => None,
        };
        check_days(tx, status, opened_on, closed_on, &mut wrong);
        let id = there.map_or_else(opportunity::Id::new, |there| there.id);
        let line = record.line.as_ref().zip(references.product);
        let line =
            line.and_then(|(line, product)| drafted(tx, id, record, line, product, &mut wrong));
        let Some(stage) = references.stage.filter(|_| wrong.is_empty()) else {
            return Ok(Err(wrong));
        };
        let start = |day: Option<Date>| day.map_or(tx.now(), |day| start_of(day.day(), tx.actor()));
        let opened_at = start(opened_on).min(tx.now());
        let since = match status {
            Status::Open => opened_at,
            _ => start(closed_on).min(tx.now()).max(opened_at),
        };
        let mut row = told(record, id, &references);
        stand(&mut row, status, stage, (opened_on, closed_on), there, opened_at)?;
        row.close_reason_id = match references.reason {
            Some(reason) if status != Status::Open => Set(Some(reason)),
            _ => NotSet,
        };
        worth(&mut row, record, line.as_ref(), there);
        Ok(Ok(Self { row, line, opened_at, since }))
    }
}

/// What is closed has a day, which is past, and not before it began.
fn check_days(
    tx: &Tx<'_>,
    status: Status,
    opened_on: Option<Date>,
    closed_on: Option<Date>,
    wrong: &mut Vec<Wrong>,
) {
    let today: NaiveDate = day_of(tx.now(), tx.actor());
    match (status, closed_on) {
        (Status::Open, _) => {}
        (_, None) => wrong.push(Wrong::new("closedOn", "is needed for what is won or lost")),
        (_, Some(day)) if day.day() > today => wrong.push(Wrong::new("closedOn", "is yet to come")),
        (_, Some(day)) if opened_on.is_some_and(|opened| day < opened) => {
            wrong.push(Wrong::new("closedOn", "is before the day it began"));
        }
        _ => {}
    }
}

fn refer<'k>(
    known: &'k Known,
    record: &Record,
    there: Option<&Model>,
    status: Status,
    wrong: &mut Vec<Wrong>,
) -> References<'k> {
    let customer = named(&record.customer, |named| known.customer(named), wrong);
    let owner = named(&record.owner, |named| known.owner(named), wrong);
    if record.name.is_none() && there.is_none() && record.line.is_none() {
        wrong.push(Wrong::new("name", "is needed for a new opportunity"));
    }
    let stage = known.stage(record, there, status).map_err(|why| wrong.push(why)).ok();
    let outcome = if status == Status::Won { Outcome::Won } else { Outcome::Lost };
    let reason = record.close_reason.as_ref().map(|name| known.reason(outcome, name));
    let reason = reason.and_then(|reason| reason.map_err(|why| wrong.push(why)).ok());
    let product = record.line.as_ref().map(|line| known.product(&line.product));
    let product = product.and_then(|product| product.map_err(|why| wrong.push(why)).ok());
    References { customer, owner, stage, reason, product }
}

/// Another record as the row names it: left as it is, cleared, or this one.
fn named<K, I>(
    named: &Option<Option<Named<K>>>,
    find: impl FnOnce(&Named<K>) -> Result<I, Wrong>,
    wrong: &mut Vec<Wrong>,
) -> ActiveValue<Option<I>>
where
    Option<I>: Into<sea_orm::Value>,
{
    match named {
        None => NotSet,
        Some(None) => Set(None),
        Some(Some(named)) => match find(named) {
            Ok(id) => Set(Some(id)),
            Err(why) => {
                wrong.push(why);
                NotSet
            }
        },
    }
}

fn drafted(
    tx: &Tx<'_>,
    id: opportunity::Id,
    record: &Record,
    line: &Line,
    product: &product::Model,
    wrong: &mut Vec<Wrong>,
) -> Option<opportunity_line::Model> {
    let price = match line.unit_price {
        Some(price) => price,
        None if product.currency == record.currency => product.price_minor,
        None => {
            let why = format!("is needed: the product has no price in {}", record.currency);
            wrong.push(Wrong::new("unitPrice", why));
            return None;
        }
    };
    let (discount, tax_rate) = (Percentage::ZERO, Percentage::ZERO);
    let amounts = LineAmounts::of(line.quantity, price, discount, tax_rate, &record.currency);
    let Some(LineAmounts { net, tax }) = amounts else {
        wrong.push(Wrong::new("quantity", "makes an amount of more than ten whole digits"));
        return None;
    };
    Some(opportunity_line::Model {
        workspace_id: tx.actor().workspace,
        opportunity_id: id,
        position: 1,
        product_id: Some(product.id),
        description: product.name.clone(),
        quantity: line.quantity,
        unit_price_minor: price,
        discount,
        tax_rate,
        net_minor: net,
        tax_minor: tax,
    })
}

/// What the file says, as it says it.
fn told(record: &Record, id: opportunity::Id, references: &References<'_>) -> ActiveModel {
    let product = references.product.map(|product| product.name.clone());
    ActiveModel {
        id: Set(id),
        name: record.name.clone().or(product).map_or(NotSet, Set),
        customer_id: references.customer.clone(),
        owner_id: references.owner.clone(),
        expected_close_on: record.expected_close_on.clone(),
        lost_to: record.lost_to.clone(),
        need: record.need.clone(),
        next_step: record.next_step.clone(),
        next_step_on: record.next_step_on.clone(),
        lead_source: record.lead_source.clone(),
        campaign: record.campaign.clone(),
        description: record.description.clone(),
        custom: record.custom.clone(),
        tags: record.tags.clone(),
        ..Default::default()
    }
}

/// Where it stands.
fn stand(
    row: &mut ActiveModel,
    status: Status,
    stage: &pipeline_stage::Model,
    (opened_on, closed_on): (Option<Date>, Option<Date>),
    there: Option<&Model>,
    since: DateTime<Utc>,
) -> Result<()> {
    let is_there = there.is_some_and(|there| there.stage_id == stage.id && there.status == status);
    row.opened_on = Set(opened_on);
    if is_there {
        row.closed_on = Set(closed_on.filter(|_| status != Status::Open));
        row.cycle_days = Set(cycle(opened_on, closed_on.filter(|_| status != Status::Open)));
        return Ok(());
    }
    let percent = |percent: i64| Probability::try_from(percent).map_err(Error::internal);
    row.pipeline_id = Set(stage.pipeline_id);
    row.stage_id = Set(stage.id);
    row.stage_since = Set(since);
    row.status = Set(status);
    let (category, probability, due, closed) = match status {
        Status::Open => {
            (stage.forecast_category, stage.probability, stage_due_at(stage, since), None)
        }
        Status::Won => (ForecastCategory::Closed, percent(100)?, None, closed_on),
        Status::Lost => (ForecastCategory::Omitted, percent(0)?, None, closed_on),
    };
    row.forecast_category = Set(category);
    row.probability = Set(probability);
    row.stage_due_at = Set(due);
    row.closed_on = Set(closed);
    row.cycle_days = Set(cycle(opened_on, closed));
    Ok(())
}

fn cycle(opened: Option<Date>, closed: Option<Date>) -> Option<i32> {
    opened.zip(closed).map(|(opened, closed)| (closed.day() - opened.day()).num_days() as i32)
}

/// What it is worth: what the file says, or else what its line comes to.
fn worth(
    row: &mut ActiveModel,
    record: &Record,
    line: Option<&opportunity_line::Model>,
    there: Option<&Model>,
) {
    let worth = match (record.amount, line) {
        (Some(minor), _) => Some((minor, AmountSource::Manual)),
        (None, Some(line)) => Some((line.net_minor, AmountSource::Lines)),
        (None, None) if there.is_none() => Some((0, AmountSource::Manual)),
        (None, None) => None,
    };
    if let Some((minor, source)) = worth {
        row.amount_minor = Set(minor);
        row.amount_source = Set(source);
    }
    row.currency = Set(record.currency.clone());
}

/// A name as it is compared.
pub fn key(name: &Name) -> String {
    fold(name.as_str())
}

/// What is said of a name that nobody, or more than one, has. The likeliest is named, never taken.
pub fn unknown<'n>(
    field: &str,
    what: &str,
    name: &str,
    all: impl Iterator<Item = &'n str>,
) -> Wrong {
    let bare = |name: &str| -> String {
        fold(name).chars().filter(|letter| letter.is_alphanumeric()).collect()
    };
    let wanted = bare(name);
    let near = all.into_iter().find(|other| bare(other) == wanted);
    Wrong::new(
        field,
        match near {
            Some(near) => {
                format!("{name:?} is no {what}; if {near:?} is meant, say so with values")
            }
            None => format!("{name:?} is no {what}"),
        },
    )
}

/// How a file names a product.
pub fn product_name(named: &Named<String>) -> &str {
    match named {
        Named::Key(sku) => sku,
        Named::Name(name) => name.as_str(),
    }
}
