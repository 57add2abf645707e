use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::escalation::rules::{self, NewServiceEscalationRule, ServiceEscalationRulePatch},
};
use rapport_entity::{
    identity::user,
    rule::Rule,
    service::service_escalation_rule::{Entity, Id, Model},
};

use super::Queue;
use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// What follows when a service request does not go as it should.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ServiceEscalationRule {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for ServiceEscalationRule {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl ServiceEscalationRule {
    /// What must hold of a request, of the shape of the input `Rule`; null where it is for all.
    async fn condition(&self) -> Option<Json<&Rule>> {
        self.row.condition.as_ref().map(Json)
    }

    /// The queue that the request goes to; it stays where it is null.
    async fn queue(&self, ctx: &Context<'_>) -> Result<Option<Queue>> {
        Ok(ctx.load(self.row.queue_id).await?.map(Queue::from))
    }

    /// Who is told of it, beside those who have the request and watch it.
    async fn user_ids(&self) -> &[user::Id] {
        &self.row.user_ids.0
    }
}

#[derive(Default)]
pub struct ServiceEscalationRuleQuery;

#[Object]
impl ServiceEscalationRuleQuery {
    /// Escalation rules, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn service_escalation_rules(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<ServiceEscalationRule>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One escalation rule.
    async fn service_escalation_rule(
        &self,
        ctx: &Context<'_>,
        id: Id,
    ) -> Result<ServiceEscalationRule> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ServiceEscalationRuleMutation;

#[Object]
impl ServiceEscalationRuleMutation {
    /// Make an escalation rule: when requests are escalated, and what is done then.
    async fn create_service_escalation_rule(
        &self,
        ctx: &Context<'_>,
        input: NewServiceEscalationRule,
    ) -> Result<ServiceEscalationRule> {
        Ok(rules::create(ctx.me()?, input).await?.into())
    }

    /// Change an escalation rule: what is left out stays, null clears.
    async fn update_service_escalation_rule(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ServiceEscalationRulePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<ServiceEscalationRule> {
        let expected = Expected::of(if_version, base_version);
        Ok(rules::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete an escalation rule. It can be restored.
    async fn delete_service_escalation_rule(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<ServiceEscalationRule> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted escalation rule back.
    async fn restore_service_escalation_rule(
        &self,
        ctx: &Context<'_>,
        id: Id,
    ) -> Result<ServiceEscalationRule> {
        Ok(rules::restore(ctx.me()?, id).await?.into())
    }
}
