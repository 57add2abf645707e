use async_graphql::InputObject;
use rapport_entity::{
    CountryCode, Custom, Email, ExternalId, Label, Moment, Money, Name, Phone, Source, Tags, Text,
    customers::customer,
    identity::user,
    sales::lead::{self, ActiveModel, Column, Entity, Model, Status},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    assignment, enquiries, overdue,
    saving::{follow, save},
    scoring,
    states::{Step, after},
};
use crate::{
    customers::Parties,
    kernel::{
        Create, Ctx, Delete, Error, Expected, Faults, Patch, Read, Result, Tx, Update, patched,
    },
    records::{self, Known, not_negative},
};

/// A lead to be made.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewLead {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<lead::Id>,
    /// What the person or the company is called; where left out, as the person's names say, or else the company's, the
    /// e-mail address or the telephone number.
    pub name: Option<Name>,
    /// Given name.
    pub first_name: Option<Label>,
    /// Family name.
    pub last_name: Option<Label>,
    /// The company that they speak for.
    pub company_name: Option<Name>,
    /// What they do there.
    pub job_title: Option<Label>,
    /// E-mail address.
    pub email: Option<Email>,
    /// Telephone number.
    pub phone: Option<Phone>,
    /// The number that the company has in a public register.
    pub registration_number: Option<Label>,
    /// Street and number.
    pub street: Option<Name>,
    /// Postal code.
    pub postal_code: Option<Label>,
    /// Town.
    pub city: Option<Label>,
    /// Country.
    pub country: Option<CountryCode>,
    /// Where it came from.
    pub lead_source: Option<Label>,
    /// The campaign that it came of.
    pub campaign: Option<Label>,
    /// What they need.
    pub need: Option<Text>,
    /// What they can spend.
    pub budget: Option<Money>,
    /// Anything worth knowing.
    pub description: Option<Text>,
    /// The user who has it; where left out, whom the assignment rules say, or else the caller.
    pub owner_id: Option<user::Id>,
    /// Until when somebody is to answer; as the assignment rule says where left out.
    pub response_due_at: Option<Moment>,
    /// Values of the workspace's custom fields.
    pub custom: Option<Custom>,
    /// Words that the record is marked with.
    pub tags: Option<Tags>,
}

/// What to change of a lead: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LeadPatch {
    /// What the person or the company is called.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// Given name.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub first_name: Patch<Label>,
    /// Family name.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub last_name: Patch<Label>,
    /// The company that they speak for.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    pub company_name: Patch<Name>,
    /// What they do there.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub job_title: Patch<Label>,
    /// E-mail address.
    #[serde(default)]
    #[schema(value_type = Option<Email>)]
    pub email: Patch<Email>,
    /// Telephone number.
    #[serde(default)]
    #[schema(value_type = Option<Phone>)]
    pub phone: Patch<Phone>,
    /// The number that the company has in a public register.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub registration_number: Patch<Label>,
    /// Street and number.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    pub street: Patch<Name>,
    /// Postal code.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub postal_code: Patch<Label>,
    /// Town.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub city: Patch<Label>,
    /// Country.
    #[serde(default)]
    #[schema(value_type = Option<CountryCode>)]
    pub country: Patch<CountryCode>,
    /// Where it came from.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub lead_source: Patch<Label>,
    /// The campaign that it came of.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub campaign: Patch<Label>,
    /// What they need.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub need: Patch<Text>,
    /// What they can spend.
    #[serde(default)]
    #[schema(value_type = Option<Money>)]
    pub budget: Patch<Money>,
    /// Anything worth knowing.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// The user who has it.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub owner_id: Patch<user::Id>,
    /// Until when somebody is to answer.
    #[serde(default)]
    #[schema(value_type = Option<Moment>)]
    pub response_due_at: Patch<Moment>,
    /// Values of the workspace's custom fields: those that are left out stay, null clears one.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Custom)]
    pub custom: Option<Custom>,
    /// Words that the record is marked with: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Tags)]
    pub tags: Option<Tags>,
}

/// Makes a lead. Where it says of nobody that they have it, the first assignment rule that holds of it does.
///
/// # Errors
/// [`Error::Invalid`] and [`Error::Conflict`] name everything that is wrong; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewLead) -> Result<Model> {
    ctx.tx(async |tx| create_in(tx, new, None).await).await
}

/// Makes a lead as a part of something.
///
/// # Errors
/// As [`create`].
pub(crate) async fn create_in(tx: &Tx<'_>, new: NewLead, known: Option<Known>) -> Result<Model> {
    let leads = tx.can::<Entity, Create>()?;
    let mut faults = Faults::default();
    let owner = Parties { owner: new.owner_id, ..Parties::default() };
    owner.judge(tx, Parties::default(), &mut faults).await?;
    let name = new.display_name();
    if name.is_none() {
        faults.invalid("/name", "is needed where no person, company, email or phone is named");
    }
    let budget = not_negative(new.budget.as_ref(), "/budget", &mut faults);
    faults.check()?;
    let name = name.ok_or_else(|| Error::internal("a name is there, or a fault"))?;
    let there = records::made_before::<Entity>(tx, new.id).await?;
    let (id, is_open) = (new.id, new.owner_id.is_none());
    let mut row = new.row(tx, name, budget);
    (row.source, row.external_id) =
        known.map_or((Set(None), Set(None)), |(source, id)| (Set(Some(source)), Set(Some(id))));
    let is_there = there.is_some();
    if let Some(there) = there {
        // A repeated create finds what it has made, with what the rules have said of it since.
        row = as_rated(row, &there, is_open);
    }
    let made = leads.insert(id, row).await?;
    if is_there {
        return Ok(made);
    }
    follow(tx, None, &made).await?;
    let rated = scoring::rate(tx, made).await?;
    let lead = match is_open {
        true => assignment::assign_in(tx, &rated).await?.unwrap_or(rated),
        false => rated,
    };
    enquiries::take_up(tx, &lead).await?;
    Ok(lead)
}

/// A lead to be made with what rules have said of the one that is there.
fn as_rated(row: ActiveModel, there: &Model, is_open: bool) -> ActiveModel {
    let owner = if is_open { Set(there.owner_id) } else { row.owner_id.clone() };
    let due = match row.response_due_at {
        Set(None) => Set(there.response_due_at),
        given => given,
    };
    ActiveModel {
        score: Set(there.score),
        owner_id: owner,
        response_due_at: due,
        response_rule_id: Set(there.response_rule_id),
        response_since: Set(there.response_since),
        ..row
    }
}

impl NewLead {
    /// What the lead is called.
    pub(crate) fn display_name(&self) -> Option<Name> {
        let parts =
            [&self.first_name, &self.last_name].map(|part| part.as_ref().map(Label::as_str));
        let person: Vec<&str> = parts.into_iter().flatten().collect();
        let person: Option<Name> = person.join(" ").parse().ok();
        let reached = || {
            let email = self.email.as_ref().map(|email| email.as_str().chars().take(200).collect());
            email.or_else(|| self.phone.as_ref().map(|phone| phone.as_str().to_owned()))
        };
        let given = self.name.clone().or(person).or_else(|| self.company_name.clone());
        given.or_else(|| reached().and_then(|text: String| text.parse().ok()))
    }

    /// The members that are as they are given.
    fn row(self, tx: &Tx<'_>, name: Name, budget: Option<i64>) -> ActiveModel {
        let currency = self.budget.map(|budget| budget.currency);
        ActiveModel {
            name: Set(name),
            sort_name: Set(String::new()),
            search_text: Set(String::new()),
            first_name: Set(self.first_name),
            last_name: Set(self.last_name),
            company_name: Set(self.company_name),
            job_title: Set(self.job_title),
            email: Set(self.email),
            phone: Set(self.phone),
            registration_number: Set(self.registration_number),
            street: Set(self.street),
            postal_code: Set(self.postal_code),
            city: Set(self.city),
            country: Set(self.country),
            lead_source: Set(self.lead_source),
            campaign: Set(self.campaign),
            need: Set(self.need),
            description: Set(self.description),
            status: Set(Status::New),
            unqualified_reason: Set(None),
            budget_minor: Set(budget),
            currency: Set(currency.unwrap_or_else(|| tx.actor().currency.clone())),
            owner_id: self.owner_id.map_or(NotSet, |owner| Set(Some(owner))),
            score: Set(0),
            response_due_at: Set(self.response_due_at.map(Moment::time)),
            customer_made: Set(false),
            contact_made: Set(false),
            opportunity_made: Set(false),
            custom: Set(self.custom.unwrap_or_default()),
            tags: Set(self.tags.unwrap_or_default()),
            ..Default::default()
        }
    }
}

/// Changes a lead.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Refused`] where it is converted; [`Error::Invalid`] and
/// [`Error::Conflict`] name everything that is wrong.
pub async fn update(
    ctx: &Ctx,
    id: lead::Id,
    expected: Expected,
    patch: LeadPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let before = tx.can::<Entity, Update>()?.lock(id, expected).await?;
        change(tx, &before, patch).await
    })
    .await
}

async fn change(tx: &Tx<'_>, before: &Model, patch: LeadPatch) -> Result<Model> {
    after(before.status, Step::Change)?;
    let mut faults = Faults::default();
    let mut row = patched::<Entity>(before, patch.row())?;
    let owner = |row: &Model| Parties { owner: row.owner_id, ..Parties::default() };
    owner(&row).judge(tx, owner(before), &mut faults).await?;
    match patch.budget {
        Patch::Keep => {}
        Patch::Clear => row.budget_minor = None,
        Patch::Set(budget) => {
            row.budget_minor = not_negative(Some(&budget), "/budget", &mut faults);
            row.currency = budget.currency;
        }
    }
    faults.check()?;
    save(tx, before, row, "updated", &[]).await
}

impl LeadPatch {
    /// The members that become as they are given.
    fn row(&self) -> ActiveModel {
        let patch = self.clone();
        let due = match patch.response_due_at {
            Patch::Keep => NotSet,
            Patch::Clear => Set(None),
            Patch::Set(due) => Set(Some(due.time())),
        };
        // What is said by hand is no longer reckoned by a rule.
        let by_hand = !matches!(self.response_due_at, Patch::Keep);
        ActiveModel {
            response_rule_id: if by_hand { Set(None) } else { NotSet },
            response_since: if by_hand { Set(None) } else { NotSet },
            response_told_percent: if by_hand { Set(None) } else { NotSet },
            name: patch.name.map_or(NotSet, Set),
            first_name: patch.first_name.into_active_value(),
            last_name: patch.last_name.into_active_value(),
            company_name: patch.company_name.into_active_value(),
            job_title: patch.job_title.into_active_value(),
            email: patch.email.into_active_value(),
            phone: patch.phone.into_active_value(),
            registration_number: patch.registration_number.into_active_value(),
            street: patch.street.into_active_value(),
            postal_code: patch.postal_code.into_active_value(),
            city: patch.city.into_active_value(),
            country: patch.country.into_active_value(),
            lead_source: patch.lead_source.into_active_value(),
            campaign: patch.campaign.into_active_value(),
            need: patch.need.into_active_value(),
            description: patch.description.into_active_value(),
            owner_id: patch.owner_id.into_active_value(),
            response_due_at: due,
            custom: patch.custom.map_or(NotSet, Set),
            tags: patch.tags.map_or(NotSet, Set),
            ..Default::default()
        }
    }
}

impl From<NewLead> for LeadPatch {
    fn from(new: NewLead) -> Self {
        Self {
            name: new.name,
            first_name: new.first_name.into(),
            last_name: new.last_name.into(),
            company_name: new.company_name.into(),
            job_title: new.job_title.into(),
            email: new.email.into(),
            phone: new.phone.into(),
            registration_number: new.registration_number.into(),
            street: new.street.into(),
            postal_code: new.postal_code.into(),
            city: new.city.into(),
            country: new.country.into(),
            lead_source: new.lead_source.into(),
            campaign: new.campaign.into(),
            need: new.need.into(),
            budget: new.budget.into(),
            description: new.description.into(),
            owner_id: new.owner_id.into(),
            response_due_at: new.response_due_at.into(),
            custom: new.custom,
            tags: new.tags,
        }
    }
}

/// Makes the lead that another system knows by this id, or changes it: what is left out, or null, stays as it is. The flag
/// says whether it was made.
///
/// # Errors
/// As [`create`] and [`update`]; [`Error::Refused`] where the lead is deleted here.
pub async fn upsert(
    ctx: &Ctx,
    source: Source,
    external_id: ExternalId,
    expected: Expected,
    new: NewLead,
) -> Result<(Model, bool)> {
    let known = (source, external_id);
    let once = || upsert_once(ctx, &known, expected.clone(), new.clone());
    records::made_or_changed(once).await
}

async fn upsert_once(
    ctx: &Ctx,
    known: &Known,
    expected: Expected,
    new: NewLead,
) -> Result<(Model, bool)> {
    ctx.tx(async |tx| {
        let by = Condition::all()
            .add(Column::Source.eq(known.0.clone()))
            .add(Column::ExternalId.eq(known.1.clone()));
        match records::known_by::<Entity>(tx, by).await? {
            Some(found) => {
                let before = tx.can::<Entity, Update>()?.lock(found.id, expected).await?;
                Ok((change(tx, &before, new.into()).await?, false))
            }
            None => Ok((create_in(tx, new, Some(known.clone())).await?, true)),
        }
    })
    .await
}

/// Deletes a lead so that it can be restored.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`].
pub async fn delete(ctx: &Ctx, id: lead::Id, expected: Expected) -> Result<Model> {
    ctx.tx(async |tx| {
        let deleted = tx.can::<Entity, Delete>()?.delete(id, expected).await?;
        overdue::forget(tx, &deleted).await?;
        Ok(deleted)
    })
    .await
}

/// Brings a deleted lead back. One that is there stays as it is.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Duplicate`].
pub async fn restore(ctx: &Ctx, id: lead::Id) -> Result<Model> {
    ctx.tx(async |tx| {
        let restored = tx.can::<Entity, Delete>()?.restore(id).await?;
        overdue::set_timer(tx, &restored).await?;
        scoring::rate(tx, restored).await
    })
    .await
}

/// The newest leads of each of some customers, at most `limit` of each.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn latest_of(ctx: &Ctx, customers: &[customer::Id], limit: u64) -> Result<Vec<Model>> {
    let keys: Vec<Uuid> = customers.iter().map(|id| id.uuid()).collect();
    ctx.can::<Entity, Read>()?
        .latest_each(Column::CustomerId, &keys, Column::CreatedAt, limit)
        .await
}
