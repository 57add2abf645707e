//! What belongs to an opportunity and has no life of its own: its lines, the people on both sides, the competitors.

use std::collections::{HashMap, HashSet};

use async_graphql::{InputObject, SimpleObject};
use rapport_entity::{
    Currency, Label, Money, Name, Percentage, Quantity, Scoped, Text,
    customers::{contact, customer},
    identity::user,
    sales::{
        opportunity, opportunity_competitor,
        opportunity_contact::{self, Role},
        opportunity_line::{self, OpportunityLine},
        opportunity_member, product,
    },
};
use sea_orm::{
    ColumnTrait, Condition, DbBackend, EntityTrait, QueryFilter, QueryOrder, Select,
    sea_query::Expr,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{
    kernel::{Ctx, Error, Faults, Read, Result, Rows, Tx, database::is_one_of},
    records::grouped,
    sales::{
        amounts::apportion,
        drafts::{Asked, Drafted, Drafting},
    },
};

/// The most lines of an opportunity.
pub const MOST_LINES: usize = 200;
/// The most people on each side, and the most competitors.
pub const MOST_PEOPLE: usize = 50;

/// A line of an opportunity to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOpportunityLine {
    /// The product, where it is one of ours.
    pub product_id: Option<product::Id>,
    /// What is to be sold, in words; the product's name where left out.
    pub description: Option<Name>,
    /// How many; one where left out.
    pub quantity: Option<Quantity>,
    /// What one costs; where left out, what the product costs the customer today by the price books, or else its own price,
    /// which must then be in the opportunity's currency.
    pub unit_price: Option<Money>,
    /// What is taken off, in percent; nothing where left out.
    pub discount: Option<Percentage>,
    /// The tax on it, in percent; the product's where left out, or else none.
    pub tax_rate: Option<Percentage>,
}

impl NewOpportunityLine {
    fn asked(&self) -> Asked<'_> {
        Asked {
            product_id: self.product_id,
            description: self.description.as_ref(),
            quantity: self.quantity,
            unit_price: self.unit_price.as_ref(),
            discount: self.discount,
            tax_rate: self.tax_rate,
        }
    }
}

/// A person on the customer's side to be named.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOpportunityContact {
    /// The person: one of the customer's contacts.
    pub contact_id: contact::Id,
    /// The part that they have in it.
    pub role: Role,
    /// Whether they are the one to speak with first; not where left out. One at most is so.
    pub is_primary: Option<bool>,
    /// Anything worth knowing.
    pub note: Option<Text>,
}

/// A user who works on an opportunity to be named.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOpportunityMember {
    /// The user.
    pub user_id: user::Id,
    /// What they do.
    pub role: Option<Label>,
    /// How much of the revenue is theirs, in percent; nothing where left out. All splits together are 100, or nothing.
    pub split: Option<Percentage>,
}

/// A competitor to be named.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOpportunityCompetitor {
    /// What they are called; each once.
    pub name: Label,
    /// What is known of their offer.
    pub note: Option<Text>,
}

/// What belongs to an opportunity, as it is to be, as far as it is given.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Given<'a> {
    pub lines: Option<&'a [NewOpportunityLine]>,
    pub contacts: Option<&'a [NewOpportunityContact]>,
    pub team: Option<&'a [NewOpportunityMember]>,
    pub competitors: Option<&'a [NewOpportunityCompetitor]>,
}

/// What belongs to an opportunity.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parts {
    /// What is to be sold.
    pub lines: Vec<opportunity_line::Model>,
    /// Who has a part in it on the customer's side.
    pub contacts: Vec<opportunity_contact::Model>,
    /// Who works on it.
    pub team: Vec<opportunity_member::Model>,
    /// Who else wants to make the sale.
    pub competitors: Vec<opportunity_competitor::Model>,
}

/// A user who works on an opportunity, with what is theirs of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "OpportunityShareRow")]
pub struct OpportunityShare {
    /// The user.
    pub user_id: user::Id,
    /// What they do.
    pub role: Option<Label>,
    /// How much of the revenue is theirs, in percent.
    pub split: Percentage,
    /// How much of the amount that is. All of them together are the amount.
    pub amount: Money,
}

/// What is whose of an amount.
///
/// # Errors
/// Where the amount is none of its currency.
pub fn shares(team: Vec<opportunity_member::Model>, of: &Money) -> Result<Vec<OpportunityShare>> {
    let weights: Vec<i64> = team.iter().map(|member| member.split.thousandths()).collect();
    let amounts = apportion(of.minor().map_err(Error::internal)?, &weights);
    let share = |(member, minor): (opportunity_member::Model, i64)| OpportunityShare {
        user_id: member.user_id,
        role: member.role,
        split: member.split,
        amount: Money::from_minor(minor, of.currency.clone()),
    };
    Ok(team.into_iter().zip(amounts).map(share).collect())
}

impl Parts {
    /// What the lines come to, without tax.
    pub(super) fn net(&self, currency: &Currency, faults: &mut Faults) -> i64 {
        let net: i128 = self.lines.iter().map(|line| i128::from(line.net_minor)).sum();
        Money::in_bounds(net, currency).unwrap_or_else(|| {
            faults.conflict("/lines", "add up to more than ten whole digits");
            0
        })
    }

    /// What events tell of them, before and after.
    pub(super) fn told<'n>(
        before: &Self,
        after: &Self,
        currency: &Currency,
    ) -> [(&'n str, Json, Json); 4] {
        let lines = |parts: &Self| json!(shown(&parts.lines, currency));
        [
            ("lines", lines(before), lines(after)),
            ("contacts", json!(before.contacts), json!(after.contacts)),
            ("team", json!(before.team), json!(after.team)),
            ("competitors", json!(before.competitors), json!(after.competitors)),
        ]
    }

    /// Writes what differs from before, each kind as a whole.
    pub(super) async fn save(&self, tx: &Tx<'_>, before: &Self, id: opportunity::Id) -> Result<()> {
        replace(
            tx.rows::<opportunity_line::Entity>(),
            opportunity_line::Column::OpportunityId,
            id,
            &before.lines,
            &self.lines,
        )
        .await?;
        replace(
            tx.rows::<opportunity_contact::Entity>(),
            opportunity_contact::Column::OpportunityId,
            id,
            &before.contacts,
            &self.contacts,
        )
        .await?;
        replace(
            tx.rows::<opportunity_member::Entity>(),
            opportunity_member::Column::OpportunityId,
            id,
            &before.team,
            &self.team,
        )
        .await?;
        replace(
            tx.rows::<opportunity_competitor::Entity>(),
            opportunity_competitor::Column::OpportunityId,
            id,
            &before.competitors,
            &self.competitors,
        )
        .await
    }

    /// The same, of another opportunity.
    pub(super) fn of(mut self, id: opportunity::Id) -> Self {
        self.lines.iter_mut().for_each(|line| line.opportunity_id = id);
        self.contacts.iter_mut().for_each(|contact| contact.opportunity_id = id);
        self.team.iter_mut().for_each(|member| member.opportunity_id = id);
        self.competitors.iter_mut().for_each(|competitor| competitor.opportunity_id = id);
        self
    }
}

async fn replace<E: Scoped>(
    rows: Rows<'_, E>,
    of: E::Column,
    id: opportunity::Id,
    before: &[E::Model],
    after: &[E::Model],
) -> Result<()>
where
    E::Model: sea_orm::ModelTrait<Entity = E> + PartialEq + Sync,
{
    if before == after {
        return Ok(());
    }
    if !before.is_empty() {
        rows.delete(Condition::all().add(of.eq(id))).await?;
    }
    rows.insert(after).await
}

/// Lines, as clients see them.
pub fn shown(lines: &[opportunity_line::Model], currency: &Currency) -> Vec<OpportunityLine> {
    lines.iter().map(|line| OpportunityLine::new(line.clone(), currency)).collect()
}

/// What belongs to an opportunity, as it is in the transaction.
pub(super) async fn parts_in(tx: &Tx<'_>, id: opportunity::Id) -> Result<Parts> {
    let (these, on) = ([id], tx.backend());
    Ok(Parts {
        lines: tx.rows().all(lines_query(&these, on)).await?,
        contacts: tx.rows().all(contacts_query(&these, on)).await?,
        team: tx.rows().all(team_query(&these, on)).await?,
        competitors: tx.rows().all(competitors_query(&these, on)).await?,
    })
}

/// What belongs to some opportunities, as it is in the transaction.
pub(crate) async fn parts_of_many(
    tx: &Tx<'_>,
    ids: &[opportunity::Id],
) -> Result<HashMap<opportunity::Id, Parts>> {
    let mut all: HashMap<opportunity::Id, Parts> = HashMap::new();
    if ids.is_empty() {
        return Ok(all);
    }
    let on = tx.backend();
    for line in tx.rows().all(lines_query(ids, on)).await? {
        all.entry(line.opportunity_id).or_default().lines.push(line);
    }
    for contact in tx.rows().all(contacts_query(ids, on)).await? {
        all.entry(contact.opportunity_id).or_default().contacts.push(contact);
    }
    for member in tx.rows().all(team_query(ids, on)).await? {
        all.entry(member.opportunity_id).or_default().team.push(member);
    }
    for competitor in tx.rows().all(competitors_query(ids, on)).await? {
        all.entry(competitor.opportunity_id).or_default().competitors.push(competitor);
    }
    Ok(all)
}

/// The lines of some opportunities that the caller has been shown, in their order.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn lines_of(
    ctx: &Ctx,
    ids: &[opportunity::Id],
) -> Result<HashMap<opportunity::Id, Vec<opportunity_line::Model>>> {
    let rows = ctx.rows().all(lines_query(ids, ctx.database().backend())).await?;
    Ok(grouped(rows, |row: &opportunity_line::Model| row.opportunity_id))
}

/// Who has a part in some opportunities on the customer's side, the first to speak with first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn contacts_of(
    ctx: &Ctx,
    ids: &[opportunity::Id],
) -> Result<HashMap<opportunity::Id, Vec<opportunity_contact::Model>>> {
    let rows = ctx.rows().all(contacts_query(ids, ctx.database().backend())).await?;
    Ok(grouped(rows, |row: &opportunity_contact::Model| row.opportunity_id))
}

/// Who works on some opportunities.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn team_of(
    ctx: &Ctx,
    ids: &[opportunity::Id],
) -> Result<HashMap<opportunity::Id, Vec<opportunity_member::Model>>> {
    let rows = ctx.rows().all(team_query(ids, ctx.database().backend())).await?;
    Ok(grouped(rows, |row: &opportunity_member::Model| row.opportunity_id))
}

/// Who else wants to make the sales.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn competitors_of(
    ctx: &Ctx,
    ids: &[opportunity::Id],
) -> Result<HashMap<opportunity::Id, Vec<opportunity_competitor::Model>>> {
    let rows = ctx.rows().all(competitors_query(ids, ctx.database().backend())).await?;
    Ok(grouped(rows, |row: &opportunity_competitor::Model| row.opportunity_id))
}

fn among(
    column: impl sea_orm::sea_query::IntoColumnRef,
    ids: &[opportunity::Id],
    on: DbBackend,
) -> Expr {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    is_one_of(Expr::col(column), &ids, on)
}

fn lines_query(ids: &[opportunity::Id], on: DbBackend) -> Select<opportunity_line::Entity> {
    use opportunity_line::{Column, Entity};
    Entity::find().filter(among(Column::OpportunityId, ids, on)).order_by_asc(Column::Position)
}

fn contacts_query(ids: &[opportunity::Id], on: DbBackend) -> Select<opportunity_contact::Entity> {
    use opportunity_contact::{Column, Entity};
    let these = Entity::find().filter(among(Column::OpportunityId, ids, on));
    these.order_by_desc(Column::IsPrimary).order_by_asc(Column::ContactId)
}

fn team_query(ids: &[opportunity::Id], on: DbBackend) -> Select<opportunity_member::Entity> {
    use opportunity_member::{Column, Entity};
    let these = Entity::find().filter(among(Column::OpportunityId, ids, on));
    these.order_by_desc(Column::Split).order_by_asc(Column::UserId)
}

fn competitors_query(
    ids: &[opportunity::Id],
    on: DbBackend,
) -> Select<opportunity_competitor::Entity> {
    use opportunity_competitor::{Column, Entity};
    Entity::find().filter(among(Column::OpportunityId, ids, on)).order_by_asc(Column::Position)
}

/// For whom, and for what amount, parts are drafted.
pub(super) struct About<'a> {
    pub id: opportunity::Id,
    pub customer: Option<customer::Id>,
    pub currency: &'a Currency,
    pub until_now: &'a Parts,
}

impl About<'_> {
    /// The parts as they will be: those that are given, the others as they are.
    pub async fn draft(&self, tx: &Tx<'_>, given: Given<'_>, faults: &mut Faults) -> Result<Parts> {
        let now = self.until_now;
        Ok(Parts {
            lines: match given.lines {
                Some(lines) => self.lines(tx, lines, faults).await?,
                None => now.lines.clone(),
            },
            contacts: match given.contacts {
                Some(contacts) => self.contacts(tx, contacts, faults).await?,
                None => now.contacts.clone(),
            },
            team: match given.team {
                Some(team) => self.team(tx, team, faults).await?,
                None => now.team.clone(),
            },
            competitors: match given.competitors {
                Some(competitors) => self.competitors(tx, competitors, faults),
                None => now.competitors.clone(),
            },
        })
    }

    async fn lines(
        &self,
        tx: &Tx<'_>,
        lines: &[NewOpportunityLine],
        faults: &mut Faults,
    ) -> Result<Vec<opportunity_line::Model>> {
        if !bounded("/lines", lines.len(), MOST_LINES, faults) {
            return Ok(Vec::new());
        }
        let kept = self.until_now.lines.iter().filter_map(|line| line.product_id).collect();
        let (customer, currency, day) = (self.customer, self.currency, tx.today()?);
        let drafting = Drafting { customer, currency, day, of: "opportunity", kept };
        let asked: Vec<Asked<'_>> = lines.iter().map(NewOpportunityLine::asked).collect();
        let drafted = drafting.lines(tx, &asked, faults).await?;
        Ok(drafted.into_iter().map(|line| self.line(tx, line)).collect())
    }

    fn line(&self, tx: &Tx<'_>, line: Drafted) -> opportunity_line::Model {
        opportunity_line::Model {
            workspace_id: tx.actor().workspace,
            opportunity_id: self.id,
            position: line.position,
            product_id: line.product_id,
            description: line.description,
            quantity: line.quantity,
            unit_price_minor: line.unit_price_minor,
            discount: line.discount,
            tax_rate: line.tax_rate,
            net_minor: line.amounts.net,
            tax_minor: line.amounts.tax,
        }
    }

    async fn contacts(
        &self,
        tx: &Tx<'_>,
        contacts: &[NewOpportunityContact],
        faults: &mut Faults,
    ) -> Result<Vec<opportunity_contact::Model>> {
        if !bounded("/contacts", contacts.len(), MOST_PEOPLE, faults) {
            return Ok(Vec::new());
        }
        let ids: Vec<contact::Id> = contacts.iter().map(|contact| contact.contact_id).collect();
        let there = tx.can::<contact::Entity, Read>()?.live(&ids).await?;
        let of_customer: HashSet<contact::Id> = there
            .into_iter()
            .filter(|contact| Some(contact.customer_id) == self.customer)
            .map(|contact| contact.id)
            .collect();
        let mut seen = HashSet::new();
        for (n, contact) in contacts.iter().enumerate() {
            let at = format!("/contacts/{n}/contactId");
            if !of_customer.contains(&contact.contact_id) {
                faults.conflict(at, "is no contact of this customer");
            } else if !seen.insert(contact.contact_id) {
                faults.conflict(at, "is named before");
            }
        }
        if contacts.iter().filter(|contact| contact.is_primary == Some(true)).count() > 1 {
            faults.conflict("/contacts", "more than one is the one to speak with first");
        }
        let mut rows: Vec<_> = contacts.iter().map(|contact| self.contact(tx, contact)).collect();
        rows.sort_by_key(|row| (!row.is_primary, row.contact_id.uuid()));
        Ok(rows)
    }

    fn contact(&self, tx: &Tx<'_>, new: &NewOpportunityContact) -> opportunity_contact::Model {
        opportunity_contact::Model {
            workspace_id: tx.actor().workspace,
            opportunity_id: self.id,
            contact_id: new.contact_id,
            role: new.role,
            is_primary: new.is_primary.unwrap_or(false),
            note: new.note.clone(),
        }
    }

    async fn team(
        &self,
        tx: &Tx<'_>,
        team: &[NewOpportunityMember],
        faults: &mut Faults,
    ) -> Result<Vec<opportunity_member::Model>> {
        if !bounded("/team", team.len(), MOST_PEOPLE, faults) {
            return Ok(Vec::new());
        }
        let ids: Vec<user::Id> = team.iter().map(|member| member.user_id).collect();
        let there = tx.can::<user::Entity, Read>()?.live(&ids).await?;
        let there: HashSet<user::Id> = there.into_iter().map(|user| user.id).collect();
        let mut seen = HashSet::new();
        for (n, member) in team.iter().enumerate() {
            let at = format!("/team/{n}/userId");
            if !there.contains(&member.user_id) {
                faults.conflict(at, "is no user of this workspace");
            } else if !seen.insert(member.user_id) {
                faults.conflict(at, "is named before");
            }
        }
        let splits = team.iter().filter_map(|member| member.split).map(Percentage::thousandths);
        if !matches!(splits.sum::<i64>(), 0 | 100_000) {
            faults.conflict("/team", "has splits that are not 100 percent together");
        }
        let mut rows: Vec<_> = team.iter().map(|member| self.member(tx, member)).collect();
        rows.sort_by_key(|row| (std::cmp::Reverse(row.split), row.user_id.uuid()));
        Ok(rows)
    }

    fn member(&self, tx: &Tx<'_>, new: &NewOpportunityMember) -> opportunity_member::Model {
        opportunity_member::Model {
            workspace_id: tx.actor().workspace,
            opportunity_id: self.id,
            user_id: new.user_id,
            role: new.role.clone(),
            split: new.split.unwrap_or(Percentage::ZERO),
        }
    }

    fn competitors(
        &self,
        tx: &Tx<'_>,
        competitors: &[NewOpportunityCompetitor],
        faults: &mut Faults,
    ) -> Vec<opportunity_competitor::Model> {
        if !bounded("/competitors", competitors.len(), MOST_PEOPLE, faults) {
            return Vec::new();
        }
        let mut seen = HashSet::new();
        for (n, competitor) in competitors.iter().enumerate() {
            if !seen.insert(rapport_entity::values::fold(competitor.name.as_str())) {
                faults.conflict(format!("/competitors/{n}/name"), "is named before");
            }
        }
        let row =
            |(position, new): (i32, &NewOpportunityCompetitor)| opportunity_competitor::Model {
                workspace_id: tx.actor().workspace,
                opportunity_id: self.id,
                position,
                name: new.name.clone(),
                note: new.note.clone(),
            };
        (1..).zip(competitors).map(row).collect()
    }
}

fn bounded(at: &str, count: usize, most: usize, faults: &mut Faults) -> bool {
    if count > most {
        faults.invalid(at, format!("must be at most {most}"));
    }
    count <= most
}

/// Nobody from elsewhere stays in an opportunity whose customer changes.
///
/// # Errors
/// [`Error::Conflict`].
pub(super) async fn check_contacts_stay(
    tx: &Tx<'_>,
    parts: &Parts,
    customer: Option<customer::Id>,
    faults: &mut Faults,
) -> Result<()> {
    let ids: Vec<contact::Id> = parts.contacts.iter().map(|contact| contact.contact_id).collect();
    let there = tx.entailed::<contact::Entity, Read>().many(&ids).await?;
    if there.iter().any(|contact| Some(contact.customer_id) != customer) {
        faults.conflict("/customerId", "is not the customer of the contacts; replace them too");
    }
    Ok::<_, Error>(())
}
