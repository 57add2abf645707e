use std::{collections::HashMap, hash::Hash};

use async_graphql::InputObject;
use rapport_entity::{
    Id, Name, Resource, Text,
    approvals::{
        approval::{self, ActiveModel, Cause, Causes, Column, Entity, Model, Status},
        approval_rule::Model as ApprovalRule,
    },
    identity::user,
    sales::{opportunity, quote},
};
use sea_orm::ActiveValue::Set;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    approvers::{self, Parties},
    course,
    saving::{alive, check_pending, follow, save},
    subjects::{About, Of},
};
use crate::{
    kernel::{Create, Ctx, Error, Expected, Faults, Read, Result, Tx, Update},
    records,
};

/// So many approvals are shown with what they are about.
const MOST_OF_ONE: u64 = 20;

/// An approval to be asked for. Exactly one record is named.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewApproval {
    /// The id the client has given it; made here where left out. The request can then be repeated.
    pub id: Option<approval::Id>,
    /// The opportunity that is to be approved.
    pub opportunity_id: Option<opportunity::Id>,
    /// The quote that is to be approved.
    pub quote_id: Option<quote::Id>,
    /// Why it should be approved.
    pub reason: Option<Text>,
}

impl NewApproval {
    fn of(&self) -> Result<Of> {
        match (self.opportunity_id, self.quote_id) {
            (Some(id), None) => Ok(Of::Opportunity(id)),
            (None, Some(id)) => Ok(Of::Quote(id)),
            (Some(_), Some(_)) => Err(Error::invalid("/quoteId", "is one too many")),
            (None, None) => {
                Err(Error::invalid("", "names no record: give opportunityId or quoteId"))
            }
        }
    }
}

/// Asks for the approval that a record needs by the rules that hold of it now. The record is one that whoever asks may
/// change; once it is another in what the approval is about, the approval lapses.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where no rule holds of it, or it is approved or waits already;
/// [`Error::Conflict`] names each step that nobody but whoever asks could decide.
pub async fn request(ctx: &Ctx, new: NewApproval) -> Result<Model> {
    let of = new.of()?;
    ctx.tx(async |tx| {
        let approvals = tx.can::<Entity, Create>()?;
        let about = of.lock(tx).await?;
        if let Some(made) = records::made_before::<Entity>(tx, new.id).await?
            && Of::subject_of(&made) == Some(of)
        {
            return Ok(made);
        }
        let rules = of.rules(tx).await?;
        check_needed(tx, of, &rules).await?;
        let mut row = draft(tx, &new, &about, &rules)?;
        of.name_in(&mut row);
        let mut made = approvals.complete(new.id, row)?;
        let first = first_approvers(tx, &made, about.owner).await?;
        course::go_on(&mut made, first, tx.now());
        made.due_at = course::open(&made).and_then(|stage| stage.due_at);
        let made = approvals.insert(new.id.or(Some(made.id)), made).await?;
        follow(tx, None, &made).await?;
        Ok(made)
    })
    .await
}

/// There must be a rule that holds, and nothing that covers it yet. What covers only a part lapses.
async fn check_needed(tx: &Tx<'_>, of: Of, rules: &[ApprovalRule]) -> Result<()> {
    if rules.is_empty() {
        return Err(Error::Refused("it needs no approval: no approval rule holds of it".into()));
    }
    match standing(tx, of, rules).await? {
        Standing::Pending => Err(Error::Refused("it waits for approval already".to_owned())),
        Standing::Approved => Err(Error::Refused("it is approved already".to_owned())),
        Standing::Missing(_) => lapse(tx, of).await,
    }
}

/// How a record stands that rules hold of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// Whoever is asked has not decided yet.
    Pending,
    /// Everything is approved that needs to be.
    Approved,
    /// These rules hold, and nobody has approved.
    Missing(Vec<Name>),
}

/// How a record stands, by the rules that hold of it now. Of what needs no approval, everything is approved.
pub(crate) async fn standing_of(tx: &Tx<'_>, of: Of) -> Result<Standing> {
    let rules = of.rules(tx).await?;
    match rules.is_empty() {
        true => Ok(Standing::Approved),
        false => standing(tx, of, &rules).await,
    }
}

/// How a record stands that these rules hold of.
async fn standing(tx: &Tx<'_>, of: Of, rules: &[ApprovalRule]) -> Result<Standing> {
    let alive = alive().add(of.approvals());
    let there = tx.entailed::<Entity, Read>().filtered(alive, 1).await?.pop();
    let covers = |rule: &&ApprovalRule| {
        let causes = there.iter().flat_map(|row| &row.causes.0);
        causes.into_iter().any(|cause| cause.rule_id == rule.id)
    };
    let missing: Vec<Name> =
        rules.iter().filter(|rule| !covers(rule)).map(|rule| rule.name.clone()).collect();
    Ok(match there.as_ref().map(|row| row.status) {
        Some(Status::Pending) => Standing::Pending,
        _ if missing.is_empty() => Standing::Approved,
        _ => Standing::Missing(missing),
    })
}

fn draft(
    tx: &Tx<'_>,
    new: &NewApproval,
    about: &About,
    rules: &[ApprovalRule],
) -> Result<ActiveModel> {
    let cause = |rule: &ApprovalRule| Cause { rule_id: rule.id, name: rule.name.clone() };
    Ok(ActiveModel {
        opportunity_id: Set(None),
        quote_id: Set(None),
        title: Set(about.title.clone()),
        customer_id: Set(about.customer),
        requested_by: Set(tx.actor().user),
        reason: Set(new.reason.clone()),
        causes: Set(Causes(rules.iter().map(cause).collect())),
        steps: Set(course::of(rules)),
        status: Set(Status::Pending),
        due_at: Set(None),
        decided_at: Set(None),
        ..Default::default()
    })
}

/// Who may decide on the first step. For every step there must be somebody.
async fn first_approvers(
    tx: &Tx<'_>,
    row: &Model,
    owner: Option<user::Id>,
) -> Result<Vec<user::Id>> {
    let parties = Parties { requester: row.requested_by, owner };
    let mut faults = Faults::default();
    let mut first = None;
    for stage in &row.steps.0 {
        let users = approvers::users(tx, &stage.approver, parties).await?;
        if users.is_empty() {
            let name = stage.name.as_str();
            faults.conflict("", format!("nobody else could decide on the step {name:?}"));
        }
        first.get_or_insert(users);
    }
    faults.check()?;
    Ok(first.unwrap_or_default())
}

/// The approvals that have been asked for of some opportunities, the newest first.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn of_opportunities(
    ctx: &Ctx,
    ids: &[opportunity::Id],
) -> Result<HashMap<opportunity::Id, Vec<Model>>> {
    let rows = latest(ctx, Column::OpportunityId, ids).await?;
    Ok(grouped(rows, |row| row.opportunity_id))
}

/// The approvals that have been asked for of some quotes, the newest first.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn of_quotes(ctx: &Ctx, ids: &[quote::Id]) -> Result<HashMap<quote::Id, Vec<Model>>> {
    Ok(grouped(latest(ctx, Column::QuoteId, ids).await?, |row| row.quote_id))
}

async fn latest<E: Resource>(ctx: &Ctx, of: Column, ids: &[Id<E>]) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?.latest_each(of, &keys, Column::CreatedAt, MOST_OF_ONE).await
}

fn grouped<K: Eq + Hash>(rows: Vec<Model>, of: fn(&Model) -> Option<K>) -> HashMap<K, Vec<Model>> {
    let mut groups: HashMap<K, Vec<Model>> = HashMap::new();
    for row in rows {
        if let Some(id) = of(&row) {
            groups.entry(id).or_default().push(row);
        }
    }
    groups
}

/// Takes back what one has asked for. What is withdrawn already stays so.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where it is decided.
pub async fn withdraw(ctx: &Ctx, id: approval::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        if before.status == Status::Withdrawn {
            return Ok(before);
        }
        check_pending(&before)?;
        let after = Model {
            status: Status::Withdrawn,
            decided_at: Some(tx.now().into()),
            ..before.clone()
        };
        save(tx, &before, after, "withdrawn").await
    })
    .await
}

/// Whatever was approved of a record, or is to be, is another by now.
pub(crate) async fn lapse(tx: &Tx<'_>, of: Of) -> Result<()> {
    let alive = alive().add(of.approvals());
    let there = tx.entailed::<Entity, Read>().filtered(alive, u64::from(u16::MAX)).await?;
    let ids: Vec<approval::Id> = there.into_iter().map(|row| row.id).collect();
    if ids.is_empty() {
        return Ok(());
    }
    for before in tx.entailed::<Entity, Update>().lock_many(&ids).await? {
        if !matches!(before.status, Status::Pending | Status::Approved) {
            continue;
        }
        let after =
            Model { status: Status::Lapsed, decided_at: Some(tx.now().into()), ..before.clone() };
        save(tx, &before, after, "lapsed").await?;
    }
    Ok(())
}
