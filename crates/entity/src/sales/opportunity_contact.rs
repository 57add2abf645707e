//! Who has what part in an opportunity on the customer's side. Written and read with the opportunity.

use async_graphql::SimpleObject;
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::opportunity;
use crate::{Scoped, Text, customers::contact, identity::workspace, values::choice};

/// A person on the customer's side.
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "opportunity_contact")]
#[serde(rename_all = "camelCase")]
#[schema(as = OpportunityContact)]
#[graphql(name = "OpportunityContactRow")]
pub struct Model {
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    #[sea_orm(primary_key, auto_increment = false)]
    pub opportunity_id: opportunity::Id,
    /// The person.
    #[sea_orm(primary_key, auto_increment = false)]
    pub contact_id: contact::Id,
    /// The part that they have in it.
    pub role: Role,
    /// Whether they are the one to speak with first. One at most is so.
    pub is_primary: bool,
    /// Anything worth knowing.
    pub note: Option<Text>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

impl Scoped for Entity {
    const WORKSPACE: Column = Column::WorkspaceId;
}

choice! {
    /// The part that a person has in an opportunity.
    #[schema(as = OpportunityRole)]
    #[graphql(name = "OpportunityRole")]
    pub enum Role {
        /// Decides.
        DecisionMaker,
        /// Releases the money.
        EconomicBuyer,
        /// Speaks for us.
        Champion,
        /// Is asked for their judgement.
        Evaluator,
        /// Is heard by those who decide.
        Influencer,
        /// Uses what is bought.
        User,
        /// Deals with the terms.
        Purchasing,
        /// Speaks against us.
        Opponent,
        /// Something else.
        Other,
    }
}
