//! Whom a stretch of the log touches.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rapport_entity::{customers::customer, log::event};
use sea_orm::{
    ColumnTrait, EntityTrait, IdenStatic, QueryFilter, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use serde_json::{Map, Value as Json};
use uuid::Uuid;

use super::dependencies::{Dependency, Hop, On};
use crate::kernel::{Actor, RESOURCES, Result, Tx, catalogue, is_among};

/// From so many customers on, looking at everybody is quicker.
pub const MANY: usize = 20_000;

/// Some customers, or everybody.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Touched {
    /// These, in order.
    These(BTreeSet<Uuid>),
    /// Everybody, or so many that it does not matter.
    Everybody,
}

impl Default for Touched {
    fn default() -> Self {
        Self::These(BTreeSet::new())
    }
}

impl Touched {
    /// Nobody at all.
    pub fn is_empty(&self) -> bool {
        matches!(self, Self::These(ids) if ids.is_empty())
    }

    /// These customers too.
    pub fn add(&mut self, ids: impl IntoIterator<Item = Uuid>) {
        if let Self::These(known) = self {
            known.extend(ids);
            if known.len() > MANY {
                *self = Self::Everybody;
            }
        }
    }

    /// Those too.
    pub fn join(&mut self, others: &Self) {
        match others {
            Self::These(ids) => self.add(ids.iter().copied()),
            Self::Everybody => *self = Self::Everybody,
        }
    }
}

/// What a stretch of the log tells.
#[derive(Debug, Default)]
pub struct Changes {
    /// Whose records of each kind changed.
    records: HashMap<String, Records>,
    /// Who entered or left each segment.
    members: BTreeMap<Uuid, Touched>,
    /// Whose values of each score changed.
    scores: BTreeMap<Uuid, Touched>,
    /// Whether what rules mean has changed: the currency of bare numbers, or when days begin.
    pub meaning: bool,
}

/// Whose records of one kind changed.
#[derive(Debug, Default)]
struct Records {
    /// Those that came or went, or of which it is not told what about them changed.
    wholly: Touched,
    /// By the names of the members that changed.
    by_field: HashMap<String, Touched>,
}

/// What customers have of scores, which follow from their records and are no records of their own.
const SCORES: &str = "customer_score";

/// The lists of segments, whose events are the segments'.
const LISTINGS: &str = "segment_listing";

/// Members that change with every change and are not told.
const SILENT: [&str; 2] = ["version", "updatedAt"];

impl Changes {
    /// As if what every rule means had changed.
    pub fn of_meaning() -> Self {
        Self { meaning: true, ..Self::default() }
    }

    /// Reads events, as somebody who knows the fields that the workspace has defined.
    pub fn read<'a>(actor: &Actor, events: impl IntoIterator<Item = &'a event::Model>) -> Self {
        let mut changes = Self::default();
        for event in events {
            match event.name.split_once('.') {
                Some(("segment", "entered" | "left")) => {
                    let who = event.customer_id.into_iter().map(|id| id.uuid()).collect();
                    changes.moved(event.subject_id, Touched::These(who));
                }
                Some(("segment", "listed" | "unlisted")) => changes.listed(event),
                Some(("customer", "scored")) => changes.scored(event),
                Some(("workspace", _)) => changes.meaning |= changes_meaning(event),
                Some(("custom_field", "deleted" | "restored")) => changes.defined(actor, event),
                Some((resource, what)) => changes.record(resource, what, event),
                None => {}
            }
        }
        changes
    }

    /// The customer that a record is about, the one it was about before, and their relatives before and after.
    fn record(&mut self, resource: &str, what: &str, event: &event::Model) {
        let mut ids: BTreeSet<Uuid> = event.customer_id.iter().map(|id| id.uuid()).collect();
        for (side, name) in ["before", "after"]
            .into_iter()
            .flat_map(|side| ["customerId", "parentId"].into_iter().map(move |name| (side, name)))
        {
            let id = member(event, side, name).and_then(Json::as_str);
            ids.extend(id.and_then(|id| id.parse::<Uuid>().ok()));
        }
        let touched = match ids.is_empty() && !is_about_customers(resource) {
            true => Touched::Everybody,
            false => Touched::These(ids),
        };
        let records = self.records.entry(resource.to_owned()).or_default();
        let changed = match what {
            "created" | "deleted" | "restored" => Vec::new(),
            _ => changed(event),
        };
        if changed.is_empty() {
            records.wholly.join(&touched);
        }
        for name in changed.into_iter().chain(SILENT.map(str::to_owned)) {
            records.by_field.entry(name).or_default().join(&touched);
        }
    }

    /// A field of the workspace's own that came back or went: no record has changed, but what rules say of it.
    fn defined(&mut self, actor: &Actor, event: &event::Model) {
        let of = RESOURCES.into_iter().flat_map(|resource| {
            actor.custom.of(resource).iter().map(move |field| (resource, field))
        });
        for (resource, field) in
            of.filter(|(_, field)| field.definition.id.uuid() == event.subject_id)
        {
            let records = self.records.entry(resource.to_owned()).or_default();
            records.by_field.insert(field.field.name.clone(), Touched::Everybody);
        }
    }

    /// Somebody came into another tier of a score. (What else changes of scores is not told.)
    fn scored(&mut self, event: &event::Model) {
        let who = Touched::These([event.subject_id].into());
        let scores = ["before", "after"].map(|side| member(event, side, "scoreId"));
        let score = scores.into_iter().flatten().find_map(|id| id.as_str()?.parse().ok());
        self.rescored(score.unwrap_or_default(), &who);
    }

    /// Somebody was put on a list of a segment, or taken off it.
    fn listed(&mut self, event: &event::Model) {
        let who = event.customer_id.iter().map(|id| id.uuid());
        self.records.entry(LISTINGS.to_owned()).or_default().wholly.add(who);
    }

    /// Records whose values of a score changed.
    pub fn rescored(&mut self, score: Uuid, who: &Touched) {
        self.records.entry(SCORES.to_owned()).or_default().wholly.join(who);
        self.scores.entry(score).or_default().join(who);
    }

    /// Whose values of a score changed.
    pub fn of_score(&self, id: Uuid) -> Touched {
        self.scores.get(&id).cloned().unwrap_or_default()
    }

    /// Whose records of a kind came, went or changed in a field.
    pub fn of_field(&self, resource: &'static str, name: &str) -> Touched {
        self.of(&On::Field(resource, name.to_owned()))
    }

    /// Whose records of a kind came, went or changed in any way.
    pub fn of_resource(&self, name: &'static str) -> Touched {
        self.of(&On::Field(name, SILENT[0].to_owned()))
    }

    /// Whose records of a kind came or went.
    pub fn lives(&self, name: &'static str) -> Touched {
        self.of(&On::Existence(name))
    }

    /// Records who entered or left a segment.
    pub fn moved(&mut self, segment: Uuid, who: Touched) {
        self.members.entry(segment).or_default().join(&who);
    }

    /// Whose records changed in what a rule looks at.
    pub fn of(&self, on: &On) -> Touched {
        let records = |resource: &str| self.records.get(resource);
        match on {
            On::Existence(resource) => {
                records(resource).map(|of| of.wholly.clone()).unwrap_or_default()
            }
            On::Field(resource, name) => {
                let Some(records) = records(resource) else { return Touched::default() };
                let mut touched = records.wholly.clone();
                if let Some(more) = records.by_field.get(name) {
                    touched.join(more);
                }
                touched
            }
            On::Change(resource, name) => {
                let changed = records(resource).and_then(|records| records.by_field.get(name));
                changed.cloned().unwrap_or_default()
            }
            On::Segment(id) => self.members.get(&id.uuid()).cloned().unwrap_or_default(),
        }
    }

    /// Who may have moved in or out because of one dependency.
    pub async fn through(&self, tx: &Tx<'_>, dependency: &Dependency) -> Result<Touched> {
        let mut touched = self.of(&dependency.on);
        for hop in dependency.hops.iter().rev() {
            touched = match (touched, hop) {
                (Touched::These(ids), Hop::Customers { from, to }) if !ids.is_empty() => {
                    back(tx, ids, from, to).await?
                }
                (touched, Hop::Anywhere) if !touched.is_empty() => Touched::Everybody,
                (touched, _) => touched,
            };
        }
        Ok(touched)
    }
}

/// Whether rules come to records of a kind from the customer that they are about. One that is about none, such as a task
/// of our own, is then nobody's.
fn is_about_customers(resource: &str) -> bool {
    let ways = &catalogue::<customer::Entity>().relations;
    ways.iter().any(|way| way.to == "customer_id" && (way.target)().name == resource)
}

/// A member of what an event tells.
fn member<'a>(event: &'a event::Model, side: &str, name: &str) -> Option<&'a Json> {
    event.data.get(side)?.get(name)
}

/// The names of the members that changed; of what is in another member too, after a dot.
fn changed(event: &event::Model) -> Vec<String> {
    let side = |side| event.data.get(side).and_then(Json::as_object);
    let (before, after) = (side("before"), side("after"));
    let names = |members: Option<&Map<String, Json>>| -> Vec<String> {
        members.into_iter().flat_map(Map::keys).cloned().collect()
    };
    let mut changed = [names(before), names(after)].concat();
    changed.sort_unstable();
    changed.dedup();
    let inner = |name: &String| {
        let members = [before, after].map(|side| side?.get(name)?.as_object());
        let [was, is] = members;
        let mut inner = [names(was), names(is)].concat();
        inner.retain(|key| was.and_then(|was| was.get(key)) != is.and_then(|is| is.get(key)));
        inner.into_iter().map(|key| format!("{name}.{key}")).collect::<Vec<_>>()
    };
    let inner: Vec<String> = changed.iter().flat_map(inner).collect();
    changed.extend(inner);
    changed
}

fn changes_meaning(event: &event::Model) -> bool {
    ["timeZone", "currency"].into_iter().any(|name| member(event, "before", name).is_some())
}

/// The customers from whom a step leads to these. Deleted ones are among both: their links still tell who had them.
async fn back(tx: &Tx<'_>, ids: BTreeSet<Uuid>, from: &str, to: &str) -> Result<Touched> {
    let ids: Vec<Uuid> = ids.into_iter().collect();
    let table = || Alias::new(&catalogue::<customer::Entity>().table);
    let there = |column: &str| Expr::col((Alias::new("there"), Alias::new(column)));
    let reached = Query::select()
        .expr(there(to))
        .from_as(table(), Alias::new("there"))
        .and_where(there(customer::Column::WorkspaceId.as_str()).eq(tx.actor().workspace))
        .and_where(is_among(there(customer::Column::Id.as_str()), &ids, tx.backend()))
        .and_where(there(to).is_not_null())
        .to_owned();
    let found = customer::Entity::find()
        .select_only()
        .column(customer::Column::Id)
        .filter(customer::Column::WorkspaceId.eq(tx.actor().workspace))
        .filter(Expr::col((table(), Alias::new(from))).in_subquery(reached))
        .limit(MANY as u64 + 1)
        .into_tuple::<Uuid>()
        .all(tx.transaction())
        .await?;
    let mut touched = Touched::default();
    touched.add(found);
    Ok(touched)
}

#[cfg(test)]
mod tests {
    use rapport_entity::{identity::workspace, log::event::ActorKind};
    use serde_json::json;

    use super::*;

    fn created(name: &str, customer: Option<Uuid>) -> event::Model {
        event::Model {
            seq: 1,
            workspace_id: workspace::Id::new(),
            id: Uuid::now_v7(),
            name: name.to_owned(),
            subject_id: Uuid::now_v7(),
            subject_version: 1,
            customer_id: customer.map(Into::into),
            actor_kind: ActorKind::System,
            actor_id: None,
            at: chrono::DateTime::UNIX_EPOCH,
            data: json!({ "before": {}, "after": {} }),
        }
    }

    #[test]
    fn what_is_about_nobody_touches_nobody_and_what_is_about_no_customers_everybody() {
        let touched = |name: &str, kind: &'static str, customer| {
            let mut changes = Changes::default();
            changes.record(kind, "created", &created(name, customer));
            changes.of(&On::Existence(kind))
        };
        let ann = Uuid::now_v7();
        assert_eq!(touched("task.created", "task", Some(ann)), Touched::These([ann].into()));
        assert!(touched("task.created", "task", None).is_empty());
        assert_eq!(touched("product.created", "product", None), Touched::Everybody);
    }
}
