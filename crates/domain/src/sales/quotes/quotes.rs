use async_graphql::InputObject;
use rapport_entity::{
    Currency, Custom, Date, Name, Tags, Text, Versioned,
    customers::{contact, customer},
    identity::user,
    sales::{
        opportunity, opportunity_contact, opportunity_line,
        quote::{self, ActiveModel, Column, Entity, Model, Quote, Status},
        quote_line::{self, QuoteLine},
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, EntityTrait, IntoActiveValue, QueryFilter, QueryOrder,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    lines::{NewQuoteLine, draft, lines_in, lines_of},
    saving::{begin, reckoned, save_with_lines, shown},
};
use crate::{
    approvals,
    customers::Parties,
    kernel::{
        Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update, patched,
    },
    number, records,
};

/// For so many days a quote can be accepted, where it is not said for how many.
const USUAL_DAYS: u64 = 30;

/// A quote with its lines.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuoteWithLines {
    /// The quote.
    #[serde(flatten)]
    pub quote: Quote,
    /// What is offered.
    #[schema(max_items = 200)]
    pub lines: Vec<QuoteLine>,
}

impl Versioned for QuoteWithLines {
    fn id(&self) -> Uuid {
        self.quote.id.uuid()
    }

    fn version(&self) -> i32 {
        self.quote.version
    }
}

/// A quote to be made. For an opportunity, what is left out is the opportunity's.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewQuote {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<quote::Id>,
    /// What it is about; needed without an opportunity.
    pub name: Option<Name>,
    /// Who is to buy; needed without an opportunity that has a customer.
    pub customer_id: Option<customer::Id>,
    /// The person it is addressed to: one of the customer's contacts.
    pub contact_id: Option<contact::Id>,
    /// The opportunity it is made for: one of the customer's.
    pub opportunity_id: Option<opportunity::Id>,
    /// The user who has it; the caller where left out.
    pub owner_id: Option<user::Id>,
    /// The currency of all amounts; the opportunity's where left out, or the workspace's.
    pub currency: Option<Currency>,
    /// The last day on which it can be accepted, in the workspace's time zone; 30 days from today where left out.
    pub valid_until: Option<Date>,
    /// What is said before the lines; the workspace's text where left out.
    pub introduction: Option<Text>,
    /// What is said after the lines; the workspace's text where left out.
    pub terms: Option<Text>,
    /// What is offered: at most 200 lines; the opportunity's where left out.
    #[schema(max_items = 200)]
    pub lines: Option<Vec<NewQuoteLine>>,
    /// Values of the workspace's custom fields.
    pub custom: Option<Custom>,
    /// Words that the record is marked with.
    pub tags: Option<Tags>,
}

/// What to change of a quote: what is left out stays, null clears. Only of a draft anything but the owner, custom fields and
/// tags can be changed.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuotePatch {
    /// What it is about.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// The person it is addressed to: one of the customer's contacts.
    #[serde(default)]
    #[schema(value_type = Option<contact::Id>)]
    pub contact_id: Patch<contact::Id>,
    /// The opportunity it is made for: one of the customer's.
    #[serde(default)]
    #[schema(value_type = Option<opportunity::Id>)]
    pub opportunity_id: Patch<opportunity::Id>,
    /// The user who has it.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub owner_id: Patch<user::Id>,
    /// The last day on which it can be accepted, in the workspace's time zone.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Date)]
    pub valid_until: Option<Date>,
    /// What is said before the lines; the workspace's text where null.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub introduction: Patch<Text>,
    /// What is said after the lines; the workspace's text where null.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub terms: Patch<Text>,
    /// What is offered: these lines, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<NewQuoteLine>, max_items = 200)]
    pub lines: Option<Vec<NewQuoteLine>>,
    /// Values of the workspace's custom fields: those that are left out stay, null clears one.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Custom)]
    pub custom: Option<Custom>,
    /// Words that the record is marked with: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Tags)]
    pub tags: Option<Tags>,
}

impl QuotePatch {
    /// Whether it changes what the customer sees.
    fn is_seen(&self) -> bool {
        let texts = [&self.introduction, &self.terms];
        self.name.is_some()
            || self.valid_until.is_some()
            || self.lines.is_some()
            || !matches!(self.contact_id, Patch::Keep)
            || !matches!(self.opportunity_id, Patch::Keep)
            || texts.iter().any(|text| !matches!(text, Patch::Keep))
    }
}

/// One quote with its lines.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(ctx: &Ctx, id: quote::Id) -> Result<QuoteWithLines> {
    let row = ctx.can::<Entity, Read>()?.one(id).await?;
    with_lines(ctx, row).await
}

/// A quote that the caller has been shown, with its lines.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn with_lines(ctx: &Ctx, row: Model) -> Result<QuoteWithLines> {
    let lines = lines_of(ctx, &[row.id]).await?.remove(&row.id).unwrap_or_default();
    Ok(put_together(row, &lines))
}

pub(super) fn put_together(row: Model, lines: &[quote_line::Model]) -> QuoteWithLines {
    let lines = shown(lines, &row);
    QuoteWithLines { quote: row.into(), lines }
}

/// The newest quotes of each of some customers, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_of(ctx: &Ctx, customers: &[customer::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?
        .latest_each(Column::CustomerId, &keys, Column::CreatedAt, limit)
        .await
}

/// Makes a quote, as a draft.
///
/// # Errors
/// [`Error::Conflict`], [`Error::Invalid`] name every member that is wrong; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewQuote) -> Result<QuoteWithLines> {
    ctx.tx(async |tx| {
        let quotes = tx.can::<Entity, Create>()?;
        let mut faults = Faults::default();
        let of = Basis::of(tx, &new, &mut faults).await?;
        let (Some(name), Some(customer)) = (of.name, of.customer) else {
            return Err(faults.check().err().unwrap_or(Error::NotFound("customer")));
        };
        let parties = Parties {
            customer: Some(customer),
            contact: new.contact_id.or(of.contact),
            owner: new.owner_id,
            opportunity: new.opportunity_id,
            lead: None,
        };
        parties.judge(tx, Parties::default(), &mut faults).await?;
        let there = records::made_before::<Entity>(tx, new.id).await?;
        let id = new.id.unwrap_or_default();
        // What the opportunity offers stays, though it be no longer sold.
        let kept = of.lines.iter().filter_map(|line| line.product_id).collect();
        let of_opportunity = of.lines.into_iter().map(|line| NewQuoteLine::of(line, &of.currency));
        let asked = new.lines.unwrap_or_else(|| of_opportunity.collect());
        let about = (id, customer, &of.currency);
        let lines = draft(tx, about, &asked, kept, &mut faults).await?;
        let row = ActiveModel {
            number: Set(String::new()),
            revision: Set(1),
            name: Set(name),
            sort_name: Set(String::new()),
            search_text: Set(String::new()),
            customer_id: Set(customer),
            contact_id: Set(parties.contact),
            opportunity_id: Set(new.opportunity_id),
            owner_id: new.owner_id.map_or(NotSet, |owner| Set(Some(owner))),
            status: Set(Status::Draft),
            currency: Set(of.currency),
            amount_minor: Set(0),
            tax_minor: Set(0),
            largest_discount: Set(rapport_entity::Percentage::ZERO),
            over_limit: Set(false),
            valid_until: Set(valid_until(tx, new.valid_until, there.as_ref())?),
            introduction: Set(new.introduction),
            terms: Set(new.terms),
            custom: Set(new.custom.unwrap_or_default()),
            tags: Set(new.tags.unwrap_or_default()),
            sent_at: Set(None),
            decided_at: Set(None),
            accepted_by: Set(None),
            decline_reason: Set(None),
            revision_of: Set(None),
            link_hash: Set(None),
            link_expires_at: Set(None),
            source: Set(None),
            external_id: Set(None),
            ..Default::default()
        };
        let mut row = reckoned(quotes.complete(Some(id), row)?, &lines, &mut faults);
        faults.check()?;
        if let Some(there) = there {
            row.number = there.number;
            let same = lines_in(tx, id).await? == lines;
            let made = quotes.insert(Some(id), row).await?;
            return match same {
                true => Ok(put_together(made, &lines)),
                false => Err(Error::Duplicate("a record with this id already exists".to_owned())),
            };
        }
        row.number = format!("Q-{}", number::reserve(tx, "quote", 1).await?);
        let made = quotes.insert(Some(id), row).await?;
        begin(tx, &made, &lines).await?;
        Ok(put_together(made, &lines))
    })
    .await
}

/// The last day on which a quote can be accepted. A repeated create finds the day of the first one.
pub(super) fn valid_until(tx: &Tx<'_>, given: Option<Date>, there: Option<&Model>) -> Result<Date> {
    match given.or(there.map(|there| there.valid_until)) {
        Some(day) => Ok(day),
        None => {
            let day = tx.today()?.day().checked_add_days(chrono::Days::new(USUAL_DAYS));
            let day = day.ok_or_else(|| Error::internal("the calendar ends"))?;
            day.try_into().map_err(Error::internal)
        }
    }
}

/// What a quote begins with: what is said, and what the opportunity has.
struct Basis {
    name: Option<Name>,
    customer: Option<customer::Id>,
    contact: Option<contact::Id>,
    currency: Currency,
    lines: Vec<opportunity_line::Model>,
}

impl Basis {
    async fn of(tx: &Tx<'_>, new: &NewQuote, faults: &mut Faults) -> Result<Self> {
        let opportunity = match new.opportunity_id {
            Some(id) => tx.can::<opportunity::Entity, Read>()?.live(&[id]).await?.pop(),
            None => None,
        };
        let of = opportunity.as_ref();
        let customer = new.customer_id.or(of.and_then(|of| of.customer_id));
        if customer.is_none() {
            faults.conflict("/customerId", "is needed: the opportunity has no customer");
        }
        let name = new.name.clone().or_else(|| of.map(|of| of.name.clone()));
        if name.is_none() {
            faults.conflict("/name", "is needed without an opportunity");
        }
        let currency = new.currency.clone().or_else(|| of.map(|of| of.currency.clone()));
        let currency = currency.unwrap_or_else(|| tx.actor().currency.clone());
        let taken_over = of.filter(|_| new.lines.is_none());
        if taken_over.is_some_and(|of| of.currency != currency) {
            faults.conflict("/currency", "is not the one of the opportunity, whose lines it takes");
        }
        let lines = match taken_over {
            Some(of) => opportunity_lines(tx, of.id).await?,
            None => Vec::new(),
        };
        let contact = match of.filter(|of| of.customer_id == customer) {
            Some(of) => primary_contact(tx, of.id).await?,
            None => None,
        };
        Ok(Self { name, customer, contact, currency, lines })
    }
}

async fn opportunity_lines(
    tx: &Tx<'_>,
    id: opportunity::Id,
) -> Result<Vec<opportunity_line::Model>> {
    use opportunity_line::{Column, Entity};
    let its = Entity::find().filter(Column::OpportunityId.eq(id)).order_by_asc(Column::Position);
    tx.rows().all(its).await
}

async fn primary_contact(tx: &Tx<'_>, id: opportunity::Id) -> Result<Option<contact::Id>> {
    use opportunity_contact::{Column, Entity};
    let its = Entity::find().filter(Column::OpportunityId.eq(id));
    let first = its.filter(Column::IsPrimary.eq(true));
    let found = tx.rows::<Entity>().all(first).await?.pop();
    Ok(found.map(|contact| contact.contact_id))
}

/// Changes a quote.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Invalid`], [`Error::Conflict`]; [`Error::Refused`] where it is no draft
/// and what the customer sees would change.
pub async fn update(
    ctx: &Ctx,
    id: quote::Id,
    expected: Expected,
    patch: QuotePatch,
) -> Result<QuoteWithLines> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        if before.status != Status::Draft && patch.is_seen() {
            let why = "the customer has it, or had it: revise it to change what they see";
            return Err(Error::Refused(why.to_owned()));
        }
        let mut faults = Faults::default();
        let parties = |row: &Model| Parties {
            customer: Some(row.customer_id),
            contact: row.contact_id,
            owner: row.owner_id,
            opportunity: row.opportunity_id,
            lead: None,
        };
        let old = lines_in(tx, id).await?;
        let about = (id, before.customer_id, &before.currency);
        let lines = match &patch.lines {
            Some(lines) => {
                let kept = old.iter().filter_map(|line| line.product_id).collect();
                draft(tx, about, lines, kept, &mut faults).await?
            }
            None => old.clone(),
        };
        let after = patched::<Entity>(&before, changes(patch))?;
        parties(&after).judge(tx, parties(&before), &mut faults).await?;
        let after = reckoned(after, &lines, &mut faults);
        faults.check()?;
        let row = save_with_lines(tx, (&before, &old), (after, &lines)).await?;
        Ok(put_together(row, &lines))
    })
    .await
}

fn changes(patch: QuotePatch) -> ActiveModel {
    ActiveModel {
        name: patch.name.map_or(NotSet, Set),
        contact_id: patch.contact_id.into_active_value(),
        opportunity_id: patch.opportunity_id.into_active_value(),
        owner_id: patch.owner_id.into_active_value(),
        valid_until: patch.valid_until.map_or(NotSet, Set),
        introduction: patch.introduction.into_active_value(),
        terms: patch.terms.into_active_value(),
        custom: patch.custom.map_or(NotSet, Set),
        tags: patch.tags.map_or(NotSet, Set),
        ..Default::default()
    }
}

/// Deletes a draft, which can be restored. What the customer has had stays.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where it is no draft.
pub async fn delete(ctx: &Ctx, id: quote::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        if deleted.status != Status::Draft {
            let why = "only drafts are deleted: what the customer has is withdrawn";
            return Err(Error::Refused(why.to_owned()));
        }
        approvals::lapse(tx, approvals::Of::Quote(id)).await?;
        Ok(deleted)
    })
    .await
}

/// Brings a deleted draft back.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn restore(ctx: &Ctx, id: quote::Id) -> Result<QuoteWithLines> {
    records::restore::<Entity>(ctx, id).await?;
    get(ctx, id).await
}
