use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{lead_assignment_rule, opportunity};
use crate::{
    CountryCode, Currency, Custom, Email, ExternalId, Label, Money, Name, Owner, Phone, Source,
    Tags, Text,
    customers::{contact, customer},
    identity::{user, workspace},
    values::{choice, fold, search_terms},
};

/// The id of a lead.
pub type Id = crate::Id<Entity>;

/// A lead, as stored: [`Lead`] is what clients see.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel)]
#[sea_orm(table_name = "lead")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    #[doc(hidden)]
    pub id: Id,
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[doc(hidden)]
    pub name: Name,
    #[doc(hidden)]
    pub sort_name: String,
    #[doc(hidden)]
    pub first_name: Option<Label>,
    #[doc(hidden)]
    pub last_name: Option<Label>,
    #[doc(hidden)]
    pub company_name: Option<Name>,
    #[doc(hidden)]
    pub job_title: Option<Label>,
    #[doc(hidden)]
    pub email: Option<Email>,
    #[doc(hidden)]
    pub phone: Option<Phone>,
    #[doc(hidden)]
    pub registration_number: Option<Label>,
    #[doc(hidden)]
    pub street: Option<Name>,
    #[doc(hidden)]
    pub postal_code: Option<Label>,
    #[doc(hidden)]
    pub city: Option<Label>,
    #[doc(hidden)]
    pub country: Option<CountryCode>,
    #[doc(hidden)]
    pub status: Status,
    #[doc(hidden)]
    pub unqualified_reason: Option<Text>,
    #[doc(hidden)]
    pub lead_source: Option<Label>,
    #[doc(hidden)]
    pub campaign: Option<Label>,
    #[doc(hidden)]
    pub need: Option<Text>,
    #[doc(hidden)]
    pub budget_minor: Option<i64>,
    #[doc(hidden)]
    pub currency: Currency,
    #[doc(hidden)]
    pub description: Option<Text>,
    #[doc(hidden)]
    pub owner_id: Option<user::Id>,
    #[doc(hidden)]
    pub score: i32,
    #[doc(hidden)]
    pub response_due_at: Option<DateTime<Utc>>,
    #[doc(hidden)]
    pub response_rule_id: Option<lead_assignment_rule::Id>,
    #[doc(hidden)]
    pub response_since: Option<DateTime<Utc>>,
    #[doc(hidden)]
    pub response_told_percent: Option<i32>,
    #[doc(hidden)]
    pub responded_at: Option<DateTime<Utc>>,
    #[doc(hidden)]
    pub converted_at: Option<DateTime<Utc>>,
    #[doc(hidden)]
    pub customer_id: Option<customer::Id>,
    #[doc(hidden)]
    pub contact_id: Option<contact::Id>,
    #[doc(hidden)]
    pub opportunity_id: Option<opportunity::Id>,
    #[doc(hidden)]
    pub customer_made: bool,
    #[doc(hidden)]
    pub contact_made: bool,
    #[doc(hidden)]
    pub opportunity_made: bool,
    #[doc(hidden)]
    pub status_before: Option<Status>,
    #[doc(hidden)]
    pub source: Option<Source>,
    #[doc(hidden)]
    pub external_id: Option<ExternalId>,
    #[doc(hidden)]
    pub search_text: String,
    #[doc(hidden)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub custom: Custom,
    #[doc(hidden)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub comparable: Custom,
    #[doc(hidden)]
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub tags: Tags,
    #[doc(hidden)]
    pub version: i32,
    #[doc(hidden)]
    pub created_at: DateTime<Utc>,
    #[doc(hidden)]
    pub updated_at: DateTime<Utc>,
    #[doc(hidden)]
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// Somebody who may become a customer, or buy again: an enquiry before it is known what comes of it.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[graphql(name = "LeadRow")]
pub struct Lead {
    /// The record's id (UUIDv7).
    pub id: Id,
    /// What the person or the company is called.
    pub name: Name,
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
    /// Where it stands.
    pub status: Status,
    /// Why it is unqualified.
    pub unqualified_reason: Option<Text>,
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
    /// The user who has it.
    pub owner_id: Option<user::Id>,
    /// What the points of the scoring rules that hold of it come to.
    pub score: i32,
    /// Until when somebody is to answer.
    pub response_due_at: Option<DateTime<Utc>>,
    /// The assignment rule within whose hours that is reckoned; null where it is not.
    pub response_rule_id: Option<lead_assignment_rule::Id>,
    /// Since when these hours count.
    pub response_since: Option<DateTime<Utc>>,
    /// When somebody first answered.
    pub responded_at: Option<DateTime<Utc>>,
    /// When it was converted; null while it is not.
    pub converted_at: Option<DateTime<Utc>>,
    /// The customer that it became, or turned out to be.
    pub customer_id: Option<customer::Id>,
    /// The contact there that it became, or turned out to be.
    pub contact_id: Option<contact::Id>,
    /// The opportunity that it became.
    pub opportunity_id: Option<opportunity::Id>,
    /// Whether the customer was made by the conversion. One that was not was there before.
    pub customer_made: bool,
    /// Whether the contact was made by the conversion.
    pub contact_made: bool,
    /// Whether the opportunity was made by the conversion.
    pub opportunity_made: bool,
    /// The system the record came from.
    pub source: Option<Source>,
    /// The id it has there; unique within the source.
    pub external_id: Option<ExternalId>,
    /// Values of the workspace's custom fields.
    pub custom: Custom,
    /// Words that the record is marked with.
    pub tags: Tags,
    /// Counts the changes of the record: 1 when created. It is the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When the record was created.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
    /// When the record was deleted; null while it is not.
    pub deleted_at: Option<DateTime<Utc>>,
}

impl From<Model> for Lead {
    fn from(row: Model) -> Self {
        Self {
            id: row.id,
            name: row.name,
            first_name: row.first_name,
            last_name: row.last_name,
            company_name: row.company_name,
            job_title: row.job_title,
            email: row.email,
            phone: row.phone,
            registration_number: row.registration_number,
            street: row.street,
            postal_code: row.postal_code,
            city: row.city,
            country: row.country,
            status: row.status,
            unqualified_reason: row.unqualified_reason,
            lead_source: row.lead_source,
            campaign: row.campaign,
            need: row.need,
            description: row.description,
            owner_id: row.owner_id,
            score: row.score,
            response_due_at: row.response_due_at,
            response_rule_id: row.response_rule_id,
            response_since: row.response_since,
            responded_at: row.responded_at,
            converted_at: row.converted_at,
            customer_id: row.customer_id,
            contact_id: row.contact_id,
            opportunity_id: row.opportunity_id,
            customer_made: row.customer_made,
            contact_made: row.contact_made,
            opportunity_made: row.opportunity_made,
            source: row.source,
            external_id: row.external_id,
            custom: row.custom,
            tags: row.tags,
            version: row.version,
            created_at: row.created_at,
            updated_at: row.updated_at,
            deleted_at: row.deleted_at,
            budget: row.budget_minor.map(|minor| Money::from_minor(minor, row.currency)),
        }
    }
}

choice! {
    /// Where a lead stands.
    #[derive(Default)]
    #[schema(as = LeadStatus)]
    #[graphql(name = "LeadStatus")]
    pub enum Status {
        /// Nobody has answered so far.
        #[default]
        New,
        /// Somebody is at it.
        Working,
        /// It is worth selling to.
        Qualified,
        /// It is not.
        Unqualified,
        /// It has become a customer.
        Converted,
    }
}

impl Status {
    /// Whether something may still come of it.
    pub fn is_open(self) -> bool {
        matches!(self, Self::New | Self::Working | Self::Qualified)
    }
}

crate::resource!("lead", owner: Owner::Column(Column::OwnerId), wire: Lead, {
    crate::by_place! {
        id, workspace_id, name, sort_name, first_name: null, last_name: null, company_name: null, job_title: null, email: null, phone: null, registration_number: null, street: null, postal_code: null, city: null, country: null, status, unqualified_reason: null, lead_source: null, campaign: null, need: null, budget_minor: null, currency, description: null, owner_id: null, score, response_due_at: null, response_rule_id: null, response_since: null, response_told_percent: null, responded_at: null, converted_at: null, customer_id: null, contact_id: null, opportunity_id: null, customer_made, contact_made, opportunity_made, status_before: null, source: null, external_id: null, search_text, custom: empty, comparable: empty, tags: empty, version, created_at, updated_at, deleted_at: null
    }

    crate::extensible!(search_text);

    const SEARCH: Option<Column> = Some(Column::SearchText);

    fn customer(row: &Model) -> Option<customer::Id> {
        row.customer_id
    }

    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
        let words = [
            Some(row.name.as_str()),
            row.company_name.as_ref().map(Name::as_str),
            row.email.as_ref().map(Email::as_str),
            row.phone.as_ref().map(Phone::as_str),
            row.city.as_ref().map(Label::as_str),
            row.external_id.as_ref().map(ExternalId::as_str),
        ];
        row.search_text = search_terms(words.into_iter().flatten());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Status => Status::values(),
            _ => Vec::new(),
        }
    }

    fn sort_column(column: Column) -> Column {
        match column {
            Column::Name => Column::SortName,
            other => other,
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(
            column,
            Column::SortName
                | Column::SearchText
                | Column::StatusBefore
                | Column::ResponseToldPercent
        )
    }
});
