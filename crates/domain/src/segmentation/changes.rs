//! Whom a stretch of the log may have moved in or out of segments.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use rapport_entity::{customers::customer, log::event};
use sea_orm::{
    ColumnTrait, EntityTrait, IdenStatic, QueryFilter, QuerySelect,
    sea_query::{Alias, Expr, ExprTrait, Query},
};
use serde_json::Value as Json;
use uuid::Uuid;

use super::dependencies::{Dependency, Hop, On};
use crate::kernel::{Result, Tx, catalogue, is_among};

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
    pub fn join(&mut self, others: Self) {
        match others {
            Self::These(ids) => self.add(ids),
            Self::Everybody => *self = Self::Everybody,
        }
    }
}

/// What a stretch of the log tells.
#[derive(Debug, Default)]
pub struct Changes {
    /// Whose records of each kind changed.
    resources: BTreeMap<String, Touched>,
    /// Who entered or left each segment, so far.
    members: BTreeMap<Uuid, Touched>,
    /// Whose values of each score changed, so far.
    scores_of: BTreeMap<Uuid, Touched>,
    /// Which customers are new, gone or back.
    pub lives: Touched,
    /// The scores that came, went, or are made otherwise.
    pub scores: BTreeSet<Uuid>,
    /// The segments that came, went, or have another rule.
    pub segments: BTreeSet<Uuid>,
    /// Whether what rules mean has changed: the currency of bare numbers, or when days begin.
    pub meaning: bool,
}

impl Changes {
    /// As if anything might have happened.
    pub fn of_everything() -> Self {
        Self { meaning: true, ..Self::default() }
    }

    /// Reads events. Those about who entered and left say nothing new: whoever wrote them has looked after those who
    /// depend on them.
    pub fn read<'a>(events: impl IntoIterator<Item = &'a event::Model>) -> Self {
        let mut changes = Self::default();
        for event in events {
            match event.name.split_once('.') {
                Some(("segment", "entered" | "left") | ("customer", "scored")) | None => {}
                Some(("score", what)) => changes.score(event, what),
                Some(("segment", what)) => changes.segment(event, what),
                Some(("workspace", _)) => changes.meaning |= changes_meaning(event),
                Some((resource, what)) => {
                    if resource == "customer" && what != "updated" {
                        changes.lives.add([event.subject_id]);
                    }
                    changes.record(resource, event);
                }
            }
        }
        changes
    }

    fn score(&mut self, event: &event::Model, what: &str) {
        if what != "updated" || member(event, "after", "definition").is_some() {
            self.scores.insert(event.subject_id);
        }
    }

    fn segment(&mut self, event: &event::Model, what: &str) {
        if what != "updated" || member(event, "after", "rule").is_some() {
            self.segments.insert(event.subject_id);
        }
    }

    /// The customer that a record is about, the one it was about before, and their relatives before and after.
    fn record(&mut self, resource: &str, event: &event::Model) {
        let mut ids: BTreeSet<Uuid> = event.customer_id.iter().map(|id| id.uuid()).collect();
        for (side, name) in ["before", "after"]
            .into_iter()
            .flat_map(|side| ["customerId", "parentId"].into_iter().map(move |name| (side, name)))
        {
            let id = member(event, side, name).and_then(Json::as_str);
            ids.extend(id.and_then(|id| id.parse::<Uuid>().ok()));
        }
        let touched = self.resources.entry(resource.to_owned()).or_default();
        match ids.is_empty() {
            true => *touched = Touched::Everybody,
            false => touched.add(ids),
        }
    }

    /// Records who entered or left a segment.
    pub fn moved(&mut self, segment: Uuid, who: Touched) {
        self.members.entry(segment).or_default().join(who);
    }

    /// Records whose values of a score changed.
    pub fn scored(&mut self, score: Uuid, who: Touched) {
        self.resources.entry("customer_score".to_owned()).or_default().join(who.clone());
        self.scores_of.entry(score).or_default().join(who);
    }

    /// Whose records of a kind changed.
    pub fn of_resource(&self, name: &str) -> Touched {
        self.resources.get(name).cloned().unwrap_or_default()
    }

    /// Whose values of a score changed.
    pub fn of_score(&self, id: Uuid) -> Touched {
        self.scores_of.get(&id).cloned().unwrap_or_default()
    }

    fn of(&self, on: On) -> Touched {
        let known = match on {
            On::Resource(name) => self.resources.get(name),
            On::Segment(id) => self.members.get(&id.uuid()),
        };
        known.cloned().unwrap_or_default()
    }

    /// Who may have moved in or out because of one dependency.
    pub async fn through(&self, tx: &Tx<'_>, dependency: &Dependency) -> Result<Touched> {
        let mut touched = self.of(dependency.on);
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

/// A member of what an event tells.
fn member<'a>(event: &'a event::Model, side: &str, name: &str) -> Option<&'a Json> {
    event.data.get(side)?.get(name)
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

/// Remembers whom each dependency touches: many segments depend on the same things.
#[derive(Default)]
pub struct Known(HashMap<Dependency, Touched>);

impl Known {
    /// Who may have moved because of any of these. What a rule says of another segment is known
    /// only once that one has been looked after.
    pub async fn touched(
        &mut self,
        tx: &Tx<'_>,
        changes: &Changes,
        dependencies: &BTreeSet<Dependency>,
    ) -> Result<Touched> {
        let mut all = Touched::default();
        for dependency in dependencies {
            if !self.0.contains_key(dependency) {
                let touched = changes.through(tx, dependency).await?;
                self.0.insert(dependency.clone(), touched);
            }
            all.join(self.0.get(dependency).cloned().unwrap_or_default());
        }
        Ok(all)
    }
}
