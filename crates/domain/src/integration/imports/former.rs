//! What records were like before an import changed them.

use std::collections::HashMap;

use rapport_entity::{
    Custom, Id, Money, Name, Percentage, Quantity, Tags,
    customers::customer,
    log::event,
    sales::{
        order,
        order_line::{self, OrderLine},
        product,
    },
    values::thousandths,
};
use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ColumnType, IdenStatic, Iterable, TryIntoModel,
    Value,
};
use serde::Deserialize;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use super::undo::Undone;
use crate::{
    customers::customers::{PARENTS, check_parent},
    kernel::{
        Described, Error, Faults, FieldKind, Held, Result, Tx, Update, catalogue, flat, members,
        patched,
    },
    sales::{
        bundles::components,
        orders::{
            lines::lines_of_many,
            orders,
            states::{judge, progress_of},
        },
    },
};

/// A member that cannot be put back.
#[derive(Clone, Debug, PartialEq)]
pub struct Conflict {
    resource: &'static str,
    id: Uuid,
    member: String,
    before: Json,
    imported: Json,
    now: Json,
}

impl Conflict {
    /// As a row of a file.
    pub fn cells(&self) -> [String; 6] {
        let shown = |value: &Json| match value {
            Json::Null => String::new(),
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        [
            self.resource.to_owned(),
            self.id.to_string(),
            self.member.clone(),
            shown(&self.before),
            shown(&self.imported),
            shown(&self.now),
        ]
    }
}

/// A change that an import made.
struct Change {
    id: Uuid,
    before: Map<String, Json>,
    after: Map<String, Json>,
}

/// A member, and what it was.
type Was<'e> = (&'e str, &'e Json);

/// A member that somebody has changed since, and what it is.
type Lost<'e> = (&'e str, Json);

impl Change {
    fn of(event: &event::Model) -> Option<Self> {
        let side = |name: &str| Some(flat(event.data.get(name)?.as_object()?));
        Some(Self { id: event.subject_id, before: side("before")?, after: side("after")? })
    }

    fn conflict(&self, resource: &'static str, member: &str, now: Json) -> Conflict {
        let of = |members: &Map<String, Json>| members.get(member).cloned().unwrap_or_default();
        let (before, imported) = (of(&self.before), of(&self.after));
        Conflict { resource, id: self.id, member: member.to_owned(), before, imported, now }
    }

    /// The members that are still as the import has left them, with what they were before; and the others, but for those
    /// that are as they were already.
    fn sort(&self, now: &Map<String, Json>) -> (Vec<Was<'_>>, Vec<Lost<'_>>) {
        let (mut back, mut lost) = (Vec::new(), Vec::new());
        for (name, imported) in &self.after {
            let before = self.before.get(name).unwrap_or(&Json::Null);
            match now.get(name).unwrap_or(&Json::Null) {
                now if now == before => {}
                now if now == imported => back.push((name.as_str(), before)),
                now => lost.push((name.as_str(), now.clone())),
            }
        }
        (back, lost)
    }
}

/// Whoever changes who stands above whom does it alone, and asks before anything is locked.
pub async fn lock_parents(tx: &Tx<'_>, events: &[event::Model]) -> Result<()> {
    let is_moved = |event: &event::Model| !event.data["after"]["parentId"].is_null();
    match events.iter().any(|event| is_moved(event) && event.name == "customer.updated") {
        true => tx.one_at_a_time(PARENTS).await,
        false => Ok(()),
    }
}

/// Puts back what was changed of records.
pub async fn put_back<E: Described>(
    tx: &Tx<'_>,
    events: &[&event::Model],
    undone: &mut Undone,
) -> Result<()>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    let mut rows = locked::<E>(tx, events).await?;
    for change in events.iter().filter_map(|event| Change::of(event)) {
        let Some(row) = rows.remove(&change.id) else {
            undone.conflicts.push(change.conflict(E::NAME, "", "deleted".into()));
            continue;
        };
        let now = flat(&members::<E>(&row)?);
        if E::NAME == "lead" && now.get("status").is_some_and(|status| status == "converted") {
            // What it has become goes on; a converted lead is not changed any more.
            undone.conflicts.push(change.conflict(E::NAME, "status", "converted".into()));
            continue;
        }
        let (back, lost) = change.sort(&now);
        let mut conflicts: Vec<Conflict> =
            lost.into_iter().map(|(member, now)| change.conflict(E::NAME, member, now)).collect();
        let mut patch = <E::ActiveModel as ActiveModelTrait>::default();
        for (member, before) in back {
            match may_be_put_back::<E>(tx, change.id, member, before).await? {
                true => set::<E>(&mut patch, member, before)?,
                false => conflicts.push(change.conflict(E::NAME, member, Json::Null)),
            }
        }
        undone.conflicts.append(&mut conflicts);
        let after = patched::<E>(&row, patch)?;
        let saved = tx.can::<E, Update>()?.save(&row, after, "updated", &[]).await?;
        undone.restored += i32::from(E::version(&saved) > E::version(&row));
        rows.insert(change.id, saved);
    }
    Ok(())
}

/// The records that events are about, locked, as far as they are there.
async fn locked<E: Described>(
    tx: &Tx<'_>,
    events: &[&event::Model],
) -> Result<HashMap<Uuid, E::Model>>
where
    E::ActiveModel: TryIntoModel<E::Model>,
{
    if events.is_empty() {
        return Ok(HashMap::new());
    }
    let ids: Vec<Id<E>> = events.iter().map(|event| event.subject_id.into()).collect();
    let rows = tx.can::<E, Update>()?.lock_many(&ids).await?;
    Ok(rows.into_iter().map(|row| (E::id(&row).uuid(), row)).collect())
}

/// A customer gets the one above it back only where that is still there and not below it; a product that has components
/// stays a bundle.
async fn may_be_put_back<E: Described>(
    tx: &Tx<'_>,
    id: Uuid,
    member: &str,
    before: &Json,
) -> Result<bool> {
    if E::NAME == "product" && member == "kind" && before != "bundle" {
        return Ok(components(tx, &[id.into()]).await?.is_empty());
    }
    let parent = before.as_str().and_then(|id| id.parse::<customer::Id>().ok());
    match parent.filter(|_| E::NAME == "customer" && member == "parentId") {
        Some(parent) => Ok(check_parent(tx, Some(id.into()), parent).await?.is_ok()),
        None => Ok(true),
    }
}

/// Sets what a member was before.
fn set<E: Described>(patch: &mut E::ActiveModel, member: &str, before: &Json) -> Result<()> {
    let lost = || Error::internal(format!("{} has no member {member}", E::NAME));
    if let Some(columns) = E::EXTENSION {
        match member.strip_prefix("custom.") {
            Some(key) => {
                let mut values = match patch.get(columns.custom) {
                    ActiveValue::Set(Value::Json(Some(values))) => Custom::from(*values),
                    _ => Custom::default(),
                };
                values.0.insert(key.to_owned(), before.clone());
                return Ok(patch.try_set(columns.custom, values.into())?);
            }
            None if member == "tags" => {
                return Ok(patch.try_set(columns.tags, Tags::from(before.clone()).into())?);
            }
            None => {}
        }
    }
    let field = catalogue::<E>().field(member).ok_or_else(lost)?;
    let column = |name: &str| E::Column::iter().find(|column| column.as_str() == name);
    let Held::Column(held) = field.held else { return Err(lost()) };
    let this = column(held).ok_or_else(lost)?;
    if field.kind == FieldKind::Thousandths {
        let text: Option<String> = read(before)?;
        let number = text.map(|text| thousandths(&text)).transpose().map_err(Error::internal)?;
        return Ok(patch.try_set(this, number.into())?);
    }
    if field.kind == FieldKind::Money {
        let Some(money) = read::<Option<Money>>(before)? else {
            return Ok(patch.try_set(this, None::<i64>.into())?);
        };
        let minor = money.minor().map_err(Error::internal)?;
        patch.try_set(this, minor.into())?;
        let currency = column("currency").ok_or_else(lost)?;
        patch.try_set(currency, String::from(money.currency).into())?;
        return Ok(());
    }
    Ok(patch.try_set(this, value(this.def().get_column_type(), before)?)?)
}

fn value(of: &ColumnType, json: &Json) -> Result<Value> {
    Ok(match of {
        ColumnType::Integer => read::<Option<i32>>(json)?.into(),
        ColumnType::BigInteger => read::<Option<i64>>(json)?.into(),
        ColumnType::Boolean => read::<Option<bool>>(json)?.into(),
        ColumnType::Date => read::<Option<chrono::NaiveDate>>(json)?.into(),
        ColumnType::TimestampWithTimeZone => {
            read::<Option<chrono::DateTime<chrono::Utc>>>(json)?.into()
        }
        ColumnType::Uuid => read::<Option<Uuid>>(json)?.into(),
        _ => read::<Option<String>>(json)?.into(),
    })
}

fn read<T: serde::de::DeserializeOwned>(json: &Json) -> Result<T> {
    T::deserialize(json).map_err(|err| Error::Internal(err.into()))
}

/// The members of an order that go together: the total is the sum of the lines.
const SUM: [&str; 2] = ["lines", "total"];

/// The members of an order that follow from others.
const FOLLOW: [&str; 4] = ["next", "deliveryStatus", "paymentStatus", "paid"];

/// Puts back what was changed of orders. Their lines, and the total, are put back together or not at all.
pub async fn put_orders_back(
    tx: &Tx<'_>,
    events: &[&event::Model],
    undone: &mut Undone,
) -> Result<()> {
    let mut rows = locked::<order::Entity>(tx, events).await?;
    let ids: Vec<order::Id> = rows.values().map(|row| row.id).collect();
    let mut lines = lines_of_many(tx, &ids).await?;
    let mut progress = progress_of(tx, rows.values()).await?;
    for change in events.iter().filter_map(|event| Change::of(event)) {
        let Some(row) = rows.remove(&change.id) else {
            undone.conflicts.push(change.conflict("order", "", "deleted".into()));
            continue;
        };
        let old = lines.remove(&row.id).unwrap_or_default();
        let mut now = members::<order::Entity>(&row)?;
        let shown = old.iter().map(|line| OrderLine::new(line.clone(), &row.currency));
        now.insert("lines".to_owned(), json!(shown.collect::<Vec<_>>()));
        let (mut back, lost) = change.sort(&flat(&now));
        if lost.iter().any(|(member, _)| SUM.contains(member)) {
            back.retain(|(member, _)| !SUM.contains(member));
        }
        let lost = lost.into_iter().map(|(member, now)| change.conflict("order", member, now));
        undone.conflicts.extend(lost);
        let mut patch = order::ActiveModel { ..Default::default() };
        let mut former = old.clone();
        for (member, before) in back {
            match member {
                "lines" => former = lines_before(&row, before)?,
                member if FOLLOW.contains(&member) => {}
                member => set::<order::Entity>(&mut patch, member, before)?,
            }
        }
        let after = patched::<order::Entity>(&row, patch)?;
        let progress = progress.remove(&row.id).unwrap_or_default();
        let mut faults = Faults::default();
        judge(&progress, (&row, &old), (&after, &former), &mut faults);
        if let Err(err) = faults.check() {
            undone.conflicts.push(change.conflict("order", "", err.to_string().into()));
            continue;
        }
        let saved = orders::save(tx, &row, after, &old, &former, progress).await?;
        undone.restored += i32::from(saved.version > row.version);
    }
    Ok(())
}

/// A line as an event tells of it.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Line {
    position: i32,
    product_id: Option<product::Id>,
    description: Name,
    quantity: Quantity,
    unit_price: Money,
    // Events tell of these since orders have them.
    #[serde(default = "no_percentage")]
    discount: Percentage,
    #[serde(default = "no_percentage")]
    tax_rate: Percentage,
    amount: Money,
    tax: Option<Money>,
}

fn no_percentage() -> Percentage {
    Percentage::ZERO
}

fn lines_before(order: &order::Model, before: &Json) -> Result<Vec<order_line::Model>> {
    let line = |line: Line| {
        Ok(order_line::Model {
            workspace_id: order.workspace_id,
            order_id: order.id,
            position: line.position,
            product_id: line.product_id,
            description: line.description,
            quantity: line.quantity,
            unit_price_minor: line.unit_price.minor().map_err(Error::internal)?,
            discount: line.discount,
            tax_rate: line.tax_rate,
            amount_minor: line.amount.minor().map_err(Error::internal)?,
            tax_minor: line.tax.as_ref().map_or(Ok(0), Money::minor).map_err(Error::internal)?,
        })
    };
    read::<Vec<Line>>(before)?.into_iter().map(line).collect()
}
