//! What is given of opportunities: new ones, and what is to change.

use async_graphql::InputObject;
use rapport_entity::{
    Currency, Custom, Date, Label, Money, Name, Probability, Tags, Text,
    customers::customer,
    identity::user,
    sales::{
        opportunity::{self, ActiveModel, AmountSource, Model, Status},
        pipeline,
        pipeline_stage::{self, ForecastCategory},
    },
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::parts::{
    Given, NewOpportunityCompetitor, NewOpportunityContact, NewOpportunityLine,
    NewOpportunityMember, Parts,
};
use crate::{
    kernel::{Faults, Patch, Tx},
    records::not_negative,
};

/// An opportunity to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewOpportunity {
    /// The id the client has given it (offline work); made here where left out. The create can then be repeated.
    pub id: Option<opportunity::Id>,
    /// What the opportunity is called.
    pub name: Name,
    /// The customer, where it is known who.
    pub customer_id: Option<customer::Id>,
    /// The user who has it; the caller where left out.
    pub owner_id: Option<user::Id>,
    /// The pipeline it goes through; that of the stage where left out, or else the workspace's default.
    pub pipeline_id: Option<pipeline::Id>,
    /// The stage it comes into, whose entry criteria it must meet; the first one where left out.
    pub stage_id: Option<pipeline_stage::Id>,
    /// How it is counted in forecasts, not as `closed`; as the stage says where left out.
    pub forecast_category: Option<ForecastCategory>,
    /// How likely it is to be won, in percent; as the stage says where left out.
    pub probability: Option<Probability>,
    /// What it is worth; what the lines come to, without tax, where left out.
    pub amount: Option<Money>,
    /// The currency of all amounts; that of the amount where left out, or else the workspace's.
    pub currency: Option<Currency>,
    /// The day it began, in the workspace's time zone; today where left out.
    pub opened_on: Option<Date>,
    /// The day it is expected to be closed.
    pub expected_close_on: Option<Date>,
    /// Where it came from.
    pub lead_source: Option<Label>,
    /// The campaign that it came of.
    pub campaign: Option<Label>,
    /// What the customer needs.
    pub need: Option<Text>,
    /// What the customer can spend, in the currency of the amount.
    pub budget: Option<Money>,
    /// What is to be done next.
    pub next_step: Option<Name>,
    /// The day it is to be done.
    pub next_step_on: Option<Date>,
    /// Anything worth knowing.
    pub description: Option<Text>,
    /// Values of the workspace's custom fields.
    pub custom: Option<Custom>,
    /// Words that the record is marked with.
    pub tags: Option<Tags>,
    /// What is to be sold: at most 200 lines.
    #[schema(max_items = 200)]
    pub lines: Option<Vec<NewOpportunityLine>>,
    /// Who has a part in it on the customer's side.
    #[schema(max_items = 50)]
    pub contacts: Option<Vec<NewOpportunityContact>>,
    /// Who works on it on our side.
    #[schema(max_items = 50)]
    pub team: Option<Vec<NewOpportunityMember>>,
    /// Who else wants to make the sale.
    #[schema(max_items = 50)]
    pub competitors: Option<Vec<NewOpportunityCompetitor>>,
}

/// What to change of an opportunity: what is left out stays, null clears. What belongs to it is replaced as a whole.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OpportunityPatch {
    /// What the opportunity is called.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// The customer.
    #[serde(default)]
    #[schema(value_type = Option<customer::Id>)]
    pub customer_id: Patch<customer::Id>,
    /// The user who has it.
    #[serde(default)]
    #[schema(value_type = Option<user::Id>)]
    pub owner_id: Patch<user::Id>,
    /// How it is counted in forecasts, not as `closed`; until it comes into another stage.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = ForecastCategory)]
    pub forecast_category: Option<ForecastCategory>,
    /// How likely it is to be won, in percent; until it comes into another stage.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Probability)]
    pub probability: Option<Probability>,
    /// What it is worth, in its currency; null: what the lines come to, without tax.
    #[serde(default)]
    #[schema(value_type = Option<Money>)]
    pub amount: Patch<Money>,
    /// The day it began, in the workspace's time zone.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub opened_on: Patch<Date>,
    /// The day it is expected to be closed.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub expected_close_on: Patch<Date>,
    /// Where it came from.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub lead_source: Patch<Label>,
    /// The campaign that it came of.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub campaign: Patch<Label>,
    /// What the customer needs.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub need: Patch<Text>,
    /// What the customer can spend, in the currency of the amount.
    #[serde(default)]
    #[schema(value_type = Option<Money>)]
    pub budget: Patch<Money>,
    /// What is to be done next.
    #[serde(default)]
    #[schema(value_type = Option<Name>)]
    pub next_step: Patch<Name>,
    /// The day it is to be done.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub next_step_on: Patch<Date>,
    /// Anything worth knowing.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// Values of the workspace's custom fields: those that are left out stay, null clears one.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Custom)]
    pub custom: Option<Custom>,
    /// Words that the record is marked with: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Tags)]
    pub tags: Option<Tags>,
    /// What is to be sold: these lines, at most 200, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<NewOpportunityLine>, max_items = 200)]
    pub lines: Option<Vec<NewOpportunityLine>>,
    /// Who has a part in it on the customer's side: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<NewOpportunityContact>, max_items = 50)]
    pub contacts: Option<Vec<NewOpportunityContact>>,
    /// Who works on it on our side: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<NewOpportunityMember>, max_items = 50)]
    pub team: Option<Vec<NewOpportunityMember>>,
    /// Who else wants to make the sale: these, and no others.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Vec<NewOpportunityCompetitor>, max_items = 50)]
    pub competitors: Option<Vec<NewOpportunityCompetitor>>,
}

impl NewOpportunity {
    /// One of which nothing else is known.
    pub(in crate::sales) fn named(name: Name) -> Self {
        Self {
            name,
            id: None,
            customer_id: None,
            owner_id: None,
            pipeline_id: None,
            stage_id: None,
            forecast_category: None,
            probability: None,
            amount: None,
            currency: None,
            opened_on: None,
            expected_close_on: None,
            lead_source: None,
            campaign: None,
            need: None,
            budget: None,
            next_step: None,
            next_step_on: None,
            description: None,
            custom: None,
            tags: None,
            lines: None,
            contacts: None,
            team: None,
            competitors: None,
        }
    }

    pub(super) fn given(&self) -> Given<'_> {
        Given {
            lines: self.lines.as_deref(),
            contacts: self.contacts.as_deref(),
            team: self.team.as_deref(),
            competitors: self.competitors.as_deref(),
        }
    }

    /// The currency of all amounts.
    pub(super) fn currency(&self, tx: &Tx<'_>, faults: &mut Faults) -> Currency {
        let of_amount = self.amount.as_ref().map(|amount| &amount.currency);
        if let (Some(one), Some(other)) = (of_amount, &self.currency)
            && one != other
        {
            faults.conflict("/currency", "is not the currency of the amount");
        }
        let given = of_amount.or(self.currency.as_ref());
        given.unwrap_or(&tx.actor().currency).clone()
    }

    /// The members that are as they are given.
    pub(super) fn row(&self, stage: &pipeline_stage::Model) -> ActiveModel {
        let new = self.clone();
        ActiveModel {
            name: Set(new.name),
            sort_name: Set(String::new()),
            search_text: Set(String::new()),
            customer_id: Set(new.customer_id),
            owner_id: new.owner_id.map_or(NotSet, |owner| Set(Some(owner))),
            pipeline_id: Set(stage.pipeline_id),
            stage_id: Set(stage.id),
            status: Set(Status::Open),
            forecast_category: Set(new.forecast_category.unwrap_or(stage.forecast_category)),
            probability: Set(new.probability.unwrap_or(stage.probability)),
            expected_close_on: Set(new.expected_close_on),
            need: Set(new.need),
            next_step: Set(new.next_step),
            next_step_on: Set(new.next_step_on),
            lead_source: Set(new.lead_source),
            campaign: Set(new.campaign),
            description: Set(new.description),
            custom: Set(new.custom.unwrap_or_default()),
            tags: Set(new.tags.unwrap_or_default()),
            ..Default::default()
        }
    }
}

impl OpportunityPatch {
    pub(super) fn given(&self) -> Given<'_> {
        Given {
            lines: self.lines.as_deref(),
            contacts: self.contacts.as_deref(),
            team: self.team.as_deref(),
            competitors: self.competitors.as_deref(),
        }
    }

    pub(super) fn touches_parts(&self) -> bool {
        self.lines.is_some()
            || self.contacts.is_some()
            || self.team.is_some()
            || self.competitors.is_some()
            || self.amount == Patch::Clear
    }

    /// What the opportunity is worth from now on, where that changes.
    pub(super) fn amount(
        &self,
        before: &Model,
        parts: &Parts,
        faults: &mut Faults,
    ) -> Option<(i64, AmountSource)> {
        let follows = before.amount_source == AmountSource::Lines && self.lines.is_some();
        match &self.amount {
            Patch::Keep if !follows => None,
            Patch::Set(given) => {
                let minor = minor(Some(given), "/amount", &before.currency, faults)?;
                Some((minor, AmountSource::Manual))
            }
            Patch::Keep | Patch::Clear => Some(amount(None, parts, &before.currency, faults)),
        }
    }

    /// The members that become as they are given.
    pub(super) fn row(&self) -> ActiveModel {
        let patch = self.clone();
        ActiveModel {
            name: patch.name.map_or(NotSet, Set),
            customer_id: patch.customer_id.into_active_value(),
            owner_id: patch.owner_id.into_active_value(),
            forecast_category: patch.forecast_category.map_or(NotSet, Set),
            probability: patch.probability.map_or(NotSet, Set),
            opened_on: patch.opened_on.into_active_value(),
            expected_close_on: patch.expected_close_on.into_active_value(),
            need: patch.need.into_active_value(),
            next_step: patch.next_step.into_active_value(),
            next_step_on: patch.next_step_on.into_active_value(),
            lead_source: patch.lead_source.into_active_value(),
            campaign: patch.campaign.into_active_value(),
            description: patch.description.into_active_value(),
            custom: patch.custom.map_or(NotSet, Set),
            tags: patch.tags.map_or(NotSet, Set),
            ..Default::default()
        }
    }
}

impl From<NewOpportunity> for OpportunityPatch {
    fn from(new: NewOpportunity) -> Self {
        Self {
            name: Some(new.name),
            customer_id: new.customer_id.into(),
            owner_id: new.owner_id.into(),
            forecast_category: new.forecast_category,
            probability: new.probability,
            amount: new.amount.into(),
            opened_on: new.opened_on.into(),
            expected_close_on: new.expected_close_on.into(),
            lead_source: new.lead_source.into(),
            campaign: new.campaign.into(),
            need: new.need.into(),
            budget: new.budget.into(),
            next_step: new.next_step.into(),
            next_step_on: new.next_step_on.into(),
            description: new.description.into(),
            custom: new.custom,
            tags: new.tags,
            lines: new.lines,
            contacts: new.contacts,
            team: new.team,
            competitors: new.competitors,
        }
    }
}

/// What an opportunity is worth, and where that comes from.
pub(super) fn amount(
    given: Option<&Money>,
    parts: &Parts,
    currency: &Currency,
    faults: &mut Faults,
) -> (i64, AmountSource) {
    match minor(given, "/amount", currency, faults) {
        Some(minor) => (minor, AmountSource::Manual),
        None if parts.lines.is_empty() => (0, AmountSource::Manual),
        None => (parts.net(currency, faults), AmountSource::Lines),
    }
}

/// An amount that is given, in minor units.
pub(super) fn minor(
    given: Option<&Money>,
    at: &str,
    currency: &Currency,
    faults: &mut Faults,
) -> Option<i64> {
    let given = given?;
    if given.currency != *currency {
        faults.conflict(at, format!("must be in the opportunity's currency, {currency}"));
        return None;
    }
    not_negative(Some(given), at, faults)
}
