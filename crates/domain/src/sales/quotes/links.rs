//! What the customer does who has a link to a quote. The link holds a token that nobody can guess and that is good for one
//! revision until its last day; we keep only its hash, so that nobody who reads the database can accept.

use async_graphql::{InputObject, SimpleObject};
use chrono::{DateTime, Utc};
use rapport_entity::{
    Date, Moment, Money, Name, Percentage, Quantity, Text,
    identity::{Token, workspace},
    log::event::ActorKind,
    sales::{
        quote::{self, Column, Entity, Model, Status},
        quote_line::QuoteLine,
    },
    work::notification::Kind,
};
use sea_orm::{ColumnTrait, Condition};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    papers::{self, QuotePaper},
    saving::{ends, turn},
    states::{accept_in, decline_in, notice},
};
use crate::{
    identity::{Auth, Opaque},
    kernel::{Actor, Ctx, Error, Expected, Fault, Read, Result, Tx, Update},
    work::notifications::notify,
};

/// Begins every token.
const PREFIX: &str = "rap_quote_";

/// What a customer can open a quote with.
#[derive(Clone, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct QuoteLink {
    /// The token: whoever has it can see, accept and decline the quote. It is shown this once.
    #[schema(max_length = 200, pattern = "^rap_quote_[A-Za-z0-9_-]+$")]
    pub token: String,
    /// Until when it is good.
    pub expires_at: Moment,
}

/// The token of a link.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpenQuoteLink {
    /// The token.
    pub token: Token,
}

/// That a customer accepts by a link.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct AcceptQuoteLink {
    /// The token.
    pub token: Token,
    /// Who accepts.
    pub accepted_by: Name,
}

/// That a customer declines by a link.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeclineQuoteLink {
    /// The token.
    pub token: Token,
    /// Why.
    pub reason: Option<Text>,
}

/// A quote, as the customer sees it.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct SharedQuote {
    /// Who offers.
    pub company: Name,
    /// To whom.
    pub customer: Name,
    /// The number.
    #[schema(max_length = 32, pattern = "^Q-[0-9]+$")]
    pub number: String,
    /// Which version of the quote it is, from 1.
    #[schema(minimum = 1, maximum = 1000)]
    pub revision: i32,
    /// What it is about.
    pub name: Name,
    /// Where it stands.
    pub status: Status,
    /// What is offered.
    #[schema(max_items = 200)]
    pub lines: Vec<SharedQuoteLine>,
    /// The sum of the lines, without tax.
    pub amount: Money,
    /// The tax on that.
    pub tax: Money,
    /// Both together: what is to be paid.
    pub amount_with_tax: Money,
    /// The last day on which it can be accepted.
    pub valid_until: Date,
    /// What is said before the lines.
    pub introduction: Option<Text>,
    /// What is said after the lines.
    pub terms: Option<Text>,
    /// When it was accepted or declined.
    pub decided_at: Option<Moment>,
    /// Who has accepted it.
    pub accepted_by: Option<Name>,
}

/// A line of a quote, as the customer sees it.
#[derive(Clone, Debug, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct SharedQuoteLine {
    /// The place of the line, from 1.
    #[schema(minimum = 1, maximum = 200)]
    pub position: i32,
    /// What is offered, in words.
    pub description: Name,
    /// How many.
    pub quantity: Quantity,
    /// What one costs.
    pub unit_price: Money,
    /// What is taken off, in percent.
    pub discount: Percentage,
    /// The tax on it, in percent.
    pub tax_rate: Percentage,
    /// Quantity times unit price without the discount.
    pub net: Money,
    /// The tax on that.
    pub tax: Money,
}

impl From<QuoteLine> for SharedQuoteLine {
    fn from(line: QuoteLine) -> Self {
        Self {
            position: line.position,
            description: line.description,
            quantity: line.quantity,
            unit_price: line.unit_price,
            discount: line.discount,
            tax_rate: line.tax_rate,
            net: line.net,
            tax: line.tax,
        }
    }
}

/// Makes a link for the customer to a quote that was sent. A link that was made before is good no longer.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where the customer cannot accept it any more.
pub async fn create(ctx: &Ctx, id: quote::Id, expected: Expected) -> Result<QuoteLink> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        if before.status != Status::Sent {
            return Err(Error::Refused("only a quote that was sent has a link".to_owned()));
        }
        let token = Opaque::new(PREFIX, tx.actor().workspace)?;
        let end = ends(tx, &before).ok_or_else(|| Error::internal("the calendar ends"))?;
        let after = Model {
            link_hash: Some(token.hash()),
            link_expires_at: Some(end.into()),
            ..before.clone()
        };
        turn(tx, &before, after, "link_made").await?;
        Ok(QuoteLink { token: token.text, expires_at: end.into() })
    })
    .await
}

/// A quote, as the customer sees it who has a link.
///
/// # Errors
/// [`Error::Conflict`] where the token is that of no link, or of one that is good no longer.
pub async fn open(auth: &Auth, with: &OpenQuoteLink) -> Result<SharedQuote> {
    let link = Link::opened(auth, &with.token).await?;
    let row = link.quote().await?;
    link.shared(row).await
}

/// What stands on the paper, for the customer who has a link.
///
/// # Errors
/// As [`open`].
pub async fn paper(auth: &Auth, with: &OpenQuoteLink) -> Result<QuotePaper> {
    let link = Link::opened(auth, &with.token).await?;
    let row = link.quote().await?;
    papers::of(&link.ctx, row).await
}

/// Accepts a quote by a link. Whoever does it twice has done it once.
///
/// # Errors
/// As [`open`]; [`Error::Refused`] where it cannot be accepted any more.
pub async fn accept(auth: &Auth, how: AcceptQuoteLink) -> Result<SharedQuote> {
    let link = Link::opened(auth, &how.token).await?;
    let accepted = link.ctx.tx(async |tx| {
        let row = link.held(tx).await?;
        if row.status == Status::Accepted {
            return Ok(row);
        }
        let row = accept_in(tx, &row, how.accepted_by.clone()).await?;
        tell_owner(tx, Kind::QuoteAccepted, &row).await?;
        Ok(row)
    });
    let row = accepted.await?;
    link.shared(row).await
}

/// Declines a quote by a link. Whoever does it twice has done it once.
///
/// # Errors
/// As [`accept`].
pub async fn decline(auth: &Auth, how: DeclineQuoteLink) -> Result<SharedQuote> {
    let link = Link::opened(auth, &how.token).await?;
    let declined = link.ctx.tx(async |tx| {
        let row = link.held(tx).await?;
        if row.status == Status::Declined {
            return Ok(row);
        }
        let row = decline_in(tx, &row, how.reason.clone()).await?;
        tell_owner(tx, Kind::QuoteDeclined, &row).await?;
        Ok(row)
    });
    let row = declined.await?;
    link.shared(row).await
}

async fn tell_owner(tx: &Tx<'_>, kind: Kind, row: &Model) -> Result<()> {
    match row.owner_id {
        Some(owner) => notify(tx, owner, notice(kind, row)).await.map(drop),
        None => Ok(()),
    }
}

/// The customer at work who has a link.
struct Link {
    ctx: Ctx,
    /// Who offers.
    company: workspace::Model,
    /// What we keep of the token.
    hash: Vec<u8>,
}

impl Link {
    /// In the workspace that a token names, whether there is such a link or not.
    async fn opened(auth: &Auth, token: &Token) -> Result<Self> {
        // Revealed to be looked up.
        let token = Opaque::parse(PREFIX, token.reveal()).ok_or_else(no_link)?;
        let which = workspace::Column::Id.eq(token.workspace);
        let company = auth.database().workspace(which).await?.ok_or_else(no_link)?;
        let actor = Actor::system(&company, ActorKind::Customer);
        Ok(Self { ctx: Ctx::new(auth.database().clone(), actor), company, hash: token.hash() })
    }

    /// The quote, where the link is good.
    async fn quote(&self) -> Result<Model> {
        let which = self.is_good(self.ctx.database().clock().now());
        let found = self.ctx.can::<Entity, Read>()?.filtered(which, 1).await?;
        found.into_iter().next().ok_or_else(no_link)
    }

    /// The same, locked.
    async fn held(&self, tx: &Tx<'_>) -> Result<Model> {
        let quotes = tx.entailed::<Entity, Read>();
        let found = quotes.filtered(self.is_good(tx.now()), 1).await?.pop();
        let id = found.ok_or_else(no_link)?.id;
        let row = tx.entailed::<Entity, Update>().lock(id, Expected::Any).await?;
        match row.link_hash.as_ref() == Some(&self.hash) {
            true => Ok(row),
            false => Err(no_link()),
        }
    }

    fn is_good(&self, now: DateTime<Utc>) -> Condition {
        Condition::all()
            .add(Column::LinkHash.eq(self.hash.clone()))
            .add(Column::LinkExpiresAt.gt(Moment::from(now)))
    }

    /// What the customer sees: the words of the workspace where the quote has none of its own, as on paper.
    async fn shared(&self, row: Model) -> Result<SharedQuote> {
        let paper = papers::of(&self.ctx, row).await?;
        let quote = paper.quote;
        Ok(SharedQuote {
            company: self.company.name.clone(),
            customer: paper.customer,
            number: quote.number,
            revision: quote.revision,
            name: quote.name,
            status: quote.status,
            lines: paper.lines.into_iter().map(SharedQuoteLine::from).collect(),
            amount: quote.amount,
            tax: quote.tax,
            amount_with_tax: quote.amount_with_tax,
            valid_until: quote.valid_until,
            introduction: paper.introduction,
            terms: paper.terms,
            decided_at: quote.decided_at,
            accepted_by: quote.accepted_by,
        })
    }
}

fn no_link() -> Error {
    let why = "is that of no link, or of one that is good no longer";
    Error::Conflict(vec![Fault::new("/token", why)])
}
