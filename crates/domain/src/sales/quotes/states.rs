use async_graphql::InputObject;
use rapport_entity::{
    Name, Resource, Text,
    sales::{
        quote::{self, Column, Entity, Model, Status},
        quote_line,
    },
    work::notification::Kind,
};
use sea_orm::{ColumnTrait, Condition};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    lines::lines_in,
    quotes::{QuoteWithLines, put_together, valid_until},
    saving::{begin, turn},
};
use crate::{
    approvals::{Of, Standing, standing_of},
    becoming::cannot_become,
    kernel::{Create, Ctx, Error, Expected, Faults, Read, Result, Tx, Update},
    work::notifications::Notice,
};

/// The most revisions of a quote.
const MOST_REVISIONS: i32 = 1000;

/// That a customer accepts.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AcceptQuote {
    /// Who has accepted, in words.
    pub accepted_by: Name,
}

/// That a customer declines.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeclineQuote {
    /// Why, in their words.
    pub reason: Option<Text>,
}

/// Sends a draft: from now on the customer can accept it, and what they see stays as it is. A revision takes the place of
/// those before it.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where it is no draft; [`Error::Conflict`] names everything that
/// is missing: lines, a day that has not passed, each approval.
pub async fn send(ctx: &Ctx, id: quote::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        check_becomes(&before, Status::Sent)?;
        let mut faults = Faults::default();
        if lines_in(tx, id).await?.is_empty() {
            faults.conflict("/lines", "there are none");
        }
        if before.valid_until < tx.today()? {
            faults.conflict("/validUntil", "has passed");
        }
        judge_approval(tx, id, &mut faults).await?;
        faults.check()?;
        let after =
            Model { status: Status::Sent, sent_at: Some(tx.now().into()), ..before.clone() };
        let sent = turn(tx, &before, after, "sent").await?;
        supersede(tx, &sent).await?;
        Ok(sent)
    })
    .await
}

async fn judge_approval(tx: &Tx<'_>, id: quote::Id, faults: &mut Faults) -> Result<()> {
    match standing_of(tx, Of::Quote(id)).await? {
        Standing::Approved => {}
        Standing::Pending => faults.conflict("", "it waits for approval"),
        Standing::Missing(rules) => {
            for rule in rules {
                let rule = rule.as_str();
                faults.conflict("", format!("it needs the approval of the rule {rule:?}"));
            }
        }
    }
    Ok(())
}

/// A later revision takes the place of those before it, unless the customer has accepted one meanwhile.
async fn supersede(tx: &Tx<'_>, by: &Model) -> Result<()> {
    for before in revisions(tx, by).await? {
        if before.status == Status::Accepted {
            return Err(Error::Refused(format!("revision {} is accepted", before.revision)));
        }
        if before.id != by.id && before.status.may_become(Status::Superseded) {
            let after = Model {
                status: Status::Superseded,
                link_hash: None,
                link_expires_at: None,
                ..before.clone()
            };
            turn(tx, &before, after, "superseded").await?;
        }
    }
    Ok(())
}

/// All revisions of a quote, locked.
async fn revisions(tx: &Tx<'_>, of: &Model) -> Result<Vec<Model>> {
    let same = Condition::all().add(Column::Number.eq(of.number.as_str()));
    let there = tx.entailed::<Entity, Read>().filtered(same, MOST_REVISIONS as u64).await?;
    let ids: Vec<quote::Id> = there.into_iter().map(|row| row.id).collect();
    tx.entailed::<Entity, Update>().lock_many(&ids).await
}

/// Writes down that the customer has accepted, as they told us.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where they cannot, or the last day has passed.
pub async fn accept(
    ctx: &Ctx,
    id: quote::Id,
    expected: Expected,
    how: AcceptQuote,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        accept_in(tx, &before, how.accepted_by).await
    })
    .await
}

/// A quote that is locked is accepted.
pub(super) async fn accept_in(tx: &Tx<'_>, before: &Model, by: Name) -> Result<Model> {
    check_becomes(before, Status::Accepted)?;
    if before.valid_until < tx.today()? {
        return Err(Error::Refused("the quote's last day has passed: revise it".to_owned()));
    }
    let after = Model {
        status: Status::Accepted,
        decided_at: Some(tx.now().into()),
        accepted_by: Some(by),
        ..before.clone()
    };
    turn(tx, before, after, "accepted").await
}

/// Writes down that the customer has declined, as they told us.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where they cannot.
pub async fn decline(
    ctx: &Ctx,
    id: quote::Id,
    expected: Expected,
    how: DeclineQuote,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        decline_in(tx, &before, how.reason).await
    })
    .await
}

/// A quote that is locked is declined.
pub(super) async fn decline_in(tx: &Tx<'_>, before: &Model, reason: Option<Text>) -> Result<Model> {
    check_becomes(before, Status::Declined)?;
    let after = Model {
        status: Status::Declined,
        decided_at: Some(tx.now().into()),
        decline_reason: reason,
        ..before.clone()
    };
    turn(tx, before, after, "declined").await
}

/// Takes a quote back that the customer has. One that is withdrawn stays so.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where it cannot be.
pub async fn withdraw(ctx: &Ctx, id: quote::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        if before.status == Status::Withdrawn {
            return Ok(before);
        }
        check_becomes(&before, Status::Withdrawn)?;
        let after = Model {
            status: Status::Withdrawn,
            decided_at: Some(tx.now().into()),
            link_hash: None,
            link_expires_at: None,
            ..before.clone()
        };
        turn(tx, &before, after, "withdrawn").await
    })
    .await
}

/// Makes a draft of the next revision of a quote, with the same lines and prices. The quote stays as it is until the
/// revision is sent.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it is accepted, is a draft itself, or has a revision that is being written.
pub async fn revise(ctx: &Ctx, id: quote::Id) -> Result<QuoteWithLines> {
    ctx.tx(async |tx| {
        let quotes = tx.can::<Entity, Create>()?;
        let of = tx.can::<Entity, Update>()?.lock(id, Expected::Any).await?;
        let last = last_revision(tx, &of).await?;
        let copy = quote::Id::default();
        let old = lines_in(tx, id).await?.into_iter();
        let lines: Vec<quote_line::Model> =
            old.map(|line| quote_line::Model { quote_id: copy, ..line }).collect();
        let row = Model {
            id: copy,
            revision: last + 1,
            status: Status::Draft,
            valid_until: valid_until(tx, None, None)?,
            revision_of: Some(of.id),
            sent_at: None,
            decided_at: None,
            accepted_by: None,
            decline_reason: None,
            link_hash: None,
            link_expires_at: None,
            source: None,
            external_id: None,
            ..of.clone()
        };
        let made = quotes.insert(Some(copy), row).await?;
        begin(tx, &made, &lines).await?;
        Ok(put_together(made, &lines))
    })
    .await
}

/// The last revision of a quote, where another may follow.
async fn last_revision(tx: &Tx<'_>, of: &Model) -> Result<i32> {
    let all = revisions(tx, of).await?;
    let refused = |why: String| Err(Error::Refused(why));
    if let Some(draft) = all.iter().find(|row| row.status == Status::Draft) {
        return refused(format!("revision {} is being written", draft.revision));
    }
    if let Some(accepted) = all.iter().find(|row| row.status == Status::Accepted) {
        return refused(format!("revision {} is accepted", accepted.revision));
    }
    // One that was deleted keeps its number.
    let same = Condition::all().add(Column::Number.eq(of.number.as_str()));
    let quotes = tx.entailed::<Entity, Read>();
    let ever = quotes.matching_even_deleted(same);
    let last = ever.await?.iter().map(|row| row.revision).max().unwrap_or(of.revision);
    match last < MOST_REVISIONS {
        true => Ok(last),
        false => refused(format!("there are {MOST_REVISIONS} revisions")),
    }
}

/// What a quote may become is said where it may not become this.
pub(super) fn check_becomes(of: &Model, that: Status) -> Result<()> {
    if of.status.may_become(that) {
        return Ok(());
    }
    Err(Error::Refused(cannot_become("quote", (of.status, that), of.status.next())))
}

/// What its owner is told of a quote.
pub(super) fn notice(kind: Kind, row: &Model) -> Notice {
    Notice {
        kind,
        title: row.name.clone(),
        body: None,
        about: Some((Entity::NAME, row.id.uuid())),
        customer: Some(row.customer_id),
        occasion: format!("quote {} {kind:?}", row.id),
    }
}
