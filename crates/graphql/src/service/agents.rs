use async_graphql::{ComplexObject, Context, Json, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::agents::{self, NewServiceAgent, ServiceAgentPatch, SetServiceAgentAvailability},
};
use rapport_entity::{
    CountryCode, Label, LanguageCode,
    rule::Rule,
    service::{
        service_agent::{Entity, Id, Model},
        skill::Skill,
    },
};

use crate::{
    connection::{Args, Connected, list},
    identity::User,
    rows::ContextExt,
};

/// What a user can do for service, where, when, and how much at once: by it queues give requests out.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ServiceAgent {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for ServiceAgent {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl ServiceAgent {
    /// The user.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(Some(self.row.user_id)).await?.map(User::from))
    }

    /// What they can do, each of the shape of the input `ServiceSkillInput`.
    async fn skills(&self) -> Json<&[Skill]> {
        Json(&self.row.skills.0)
    }

    /// The languages that they speak.
    async fn languages(&self) -> &[LanguageCode] {
        &self.row.languages.0
    }

    /// The countries whose customers they look after; all where none is named.
    async fn countries(&self) -> &[CountryCode] {
        &self.row.countries.0
    }

    /// What the postal codes of the customers begin with whom they look after; all where none is named.
    async fn postal_codes(&self) -> &[Label] {
        &self.row.postal_codes.0
    }
}

#[derive(Default)]
pub struct ServiceAgentQuery;

#[Object]
impl ServiceAgentQuery {
    /// Agents' profiles, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn service_agents(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<ServiceAgent>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One agent's profile.
    async fn service_agent(&self, ctx: &Context<'_>, id: Id) -> Result<ServiceAgent> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct ServiceAgentMutation;

#[Object]
impl ServiceAgentMutation {
    /// Make an agent's profile: what waits for somebody like them is theirs soon.
    async fn create_service_agent(
        &self,
        ctx: &Context<'_>,
        input: NewServiceAgent,
    ) -> Result<ServiceAgent> {
        Ok(agents::create(ctx.me()?, input).await?.into())
    }

    /// Change an agent's profile: what is left out stays, null clears. What they have stays theirs.
    async fn update_service_agent(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ServiceAgentPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<ServiceAgent> {
        let expected = Expected::of(if_version, base_version);
        Ok(agents::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete an agent's profile: they are given requests no more. It can be restored.
    async fn delete_service_agent(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<ServiceAgent> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted profile back.
    async fn restore_service_agent(&self, ctx: &Context<'_>, id: Id) -> Result<ServiceAgent> {
        Ok(agents::restore(ctx.me()?, id).await?.into())
    }

    /// Say whether an agent is there for more requests: oneself, or with leave to change the profile.
    async fn set_service_agent_availability(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: SetServiceAgentAvailability,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<ServiceAgent> {
        Ok(agents::set_availability(ctx.me()?, id, if_version.into(), input).await?.into())
    }
}
