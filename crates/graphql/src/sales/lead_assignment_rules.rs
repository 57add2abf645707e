use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    sales::leads::assignment::{self, LeadAssignmentRulePatch, NewLeadAssignmentRule},
};
use rapport_entity::{
    Percent,
    identity::user,
    rule::Rule,
    sales::lead_assignment_rule::{Entity, Id, Model},
};

use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// Who gets a lead that nobody has.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct LeadAssignmentRule {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for LeadAssignmentRule {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl LeadAssignmentRule {
    /// What must hold of a lead, of the shape of the input `Rule`; null where it is for all.
    async fn condition(&self) -> Option<Json<&Rule>> {
        self.row.condition.as_ref().map(Json)
    }

    /// Whoever has the lead is told when so much of `responseTarget` is used up, from least to most.
    async fn warn_at_percent(&self) -> &[Percent] {
        &self.row.warn_at_percent.0
    }

    /// The users who get leads by it, in their order.
    async fn user_ids(&self) -> &[user::Id] {
        &self.row.user_ids.0
    }
}

#[derive(Default)]
pub struct LeadAssignmentRuleQuery;

#[Object]
impl LeadAssignmentRuleQuery {
    /// Assignment rules, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn lead_assignment_rules(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<LeadAssignmentRule>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One assignment rule.
    async fn lead_assignment_rule(&self, ctx: &Context<'_>, id: Id) -> Result<LeadAssignmentRule> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct LeadAssignmentRuleMutation;

#[Object]
impl LeadAssignmentRuleMutation {
    /// Make an assignment rule.
    async fn create_lead_assignment_rule(
        &self,
        ctx: &Context<'_>,
        input: NewLeadAssignmentRule,
    ) -> Result<LeadAssignmentRule> {
        Ok(assignment::create(ctx.me()?, input).await?.into())
    }

    /// Change an assignment rule: what is left out stays, null clears.
    async fn update_lead_assignment_rule(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: LeadAssignmentRulePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<LeadAssignmentRule> {
        let expected = Expected::of(if_version, base_version);
        Ok(assignment::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete an assignment rule. It can be restored.
    async fn delete_lead_assignment_rule(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<LeadAssignmentRule> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted assignment rule back.
    async fn restore_lead_assignment_rule(
        &self,
        ctx: &Context<'_>,
        id: Id,
    ) -> Result<LeadAssignmentRule> {
        Ok(assignment::restore(ctx.me()?, id).await?.into())
    }
}
