use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    sales::leads::scoring::{self, LeadScoringRulePatch, NewLeadScoringRule},
};
use rapport_entity::{
    rule::Rule,
    sales::lead_scoring_rule::{Entity, Id, Model},
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// Points that a lead has while a rule holds of it.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct LeadScoringRule {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for LeadScoringRule {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl LeadScoringRule {
    /// What must hold of a lead, of the shape of the input `Rule`.
    async fn rule(&self) -> Json<&Rule> {
        Json(&self.row.rule)
    }
}

#[derive(Default)]
pub struct LeadScoringRuleQuery;

#[Object]
impl LeadScoringRuleQuery {
    /// Scoring rules, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn lead_scoring_rules(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<LeadScoringRule>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One scoring rule.
    async fn lead_scoring_rule(&self, ctx: &Context<'_>, id: Id) -> Result<LeadScoringRule> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct LeadScoringRuleMutation;

#[Object]
impl LeadScoringRuleMutation {
    /// Make a scoring rule.
    async fn create_lead_scoring_rule(
        &self,
        ctx: &Context<'_>,
        input: NewLeadScoringRule,
    ) -> Result<LeadScoringRule> {
        Ok(scoring::create(ctx.me()?, input).await?.into())
    }

    /// Change a scoring rule: what is left out stays, null clears.
    async fn update_lead_scoring_rule(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: LeadScoringRulePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<LeadScoringRule> {
        let expected = Expected::of(if_version, base_version);
        Ok(scoring::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a scoring rule. It can be restored.
    async fn delete_lead_scoring_rule(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<LeadScoringRule> {
        Ok(scoring::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted scoring rule back.
    async fn restore_lead_scoring_rule(
        &self,
        ctx: &Context<'_>,
        id: Id,
    ) -> Result<LeadScoringRule> {
        Ok(scoring::restore(ctx.me()?, id).await?.into())
    }
}
