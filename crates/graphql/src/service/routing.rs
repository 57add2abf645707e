use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::routing::{self, NewServiceRoutingRule, ServiceRoutingRulePatch},
};
use rapport_entity::{
    rule::Rule,
    service::{
        service_routing_rule::{Entity, Id, Model},
        skill::Skill,
    },
};

use super::Queue;
use crate::{
    connection::{Args, Connected, list},
    rows::ContextExt,
};

/// Which queue a new service request comes into, and what it needs.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ServiceRoutingRule {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for ServiceRoutingRule {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl ServiceRoutingRule {
    /// What must hold of a request, of the shape of the input `Rule`; null where it is for all.
    async fn condition(&self) -> Option<Json<&Rule>> {
        self.row.condition.as_ref().map(Json)
    }

    /// The queue that requests come into by it.
    async fn queue(&self, ctx: &Context<'_>) -> Result<Option<Queue>> {
        Ok(ctx.load(Some(self.row.queue_id)).await?.map(Queue::from))
    }

    /// What whoever gets them must be able to do, each of the shape of the input `ServiceSkillInput`.
    async fn needed_skills(&self) -> Json<&[Skill]> {
        Json(&self.row.needed_skills.0)
    }
}

#[derive(Default)]
pub struct ServiceRoutingRuleQuery;

#[Object]
impl ServiceRoutingRuleQuery {
    /// Routing rules, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn service_routing_rules(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<ServiceRoutingRule>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One routing rule.
    async fn service_routing_rule(&self, ctx: &Context<'_>, id: Id) -> Result<ServiceRoutingRule> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ServiceRoutingRuleMutation;

#[Object]
impl ServiceRoutingRuleMutation {
    /// Make a routing rule: which queue requests come into, and what they need.
    async fn create_service_routing_rule(
        &self,
        ctx: &Context<'_>,
        input: NewServiceRoutingRule,
    ) -> Result<ServiceRoutingRule> {
        Ok(routing::create(ctx.me()?, input).await?.into())
    }

    /// Change a routing rule: what is left out stays, null clears. Requests that are in queues stay there.
    async fn update_service_routing_rule(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ServiceRoutingRulePatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<ServiceRoutingRule> {
        let expected = Expected::of(if_version, base_version);
        Ok(routing::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a routing rule. It can be restored.
    async fn delete_service_routing_rule(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<ServiceRoutingRule> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted routing rule back.
    async fn restore_service_routing_rule(
        &self,
        ctx: &Context<'_>,
        id: Id,
    ) -> Result<ServiceRoutingRule> {
        Ok(routing::restore(ctx.me()?, id).await?.into())
    }
}
