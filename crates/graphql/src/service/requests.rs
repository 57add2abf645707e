use async_graphql::{ComplexObject, Context, InputObject, Json, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    service::escalation::escalations::{self, EscalateServiceRequest},
    service::requests::{
        NewServiceRequest, ServiceRequestPatch, answering,
        hands::{self, AssignServiceRequest},
        history,
        links::{self, LinkServiceRequest},
        merging::{self, MergeServiceRequest},
        moves::{self, MoveServiceRequest, ResolveServiceRequest},
        requests,
        splitting::{self, SplitServiceRequest},
        watchers::{self, WatchServiceRequest},
    },
};
use rapport_entity::{
    ExternalId, Source,
    rule::Rule,
    service::{
        request_answering, request_watcher, service_escalation,
        service_request::{Entity, Id, Model},
        service_step,
        skill::Skill,
    },
};

use super::{Complaint, Promise, Queue, RequestMessage, Site, SurveyResponse};
use crate::{
    connection::{Args, Connected, by_argument, connect, list, part},
    customers::{Contact, CustomValue, Customer, custom_values},
    identity::User,
    rows::{ComplaintOf, ContextExt, MessagesOf, PromisesOf, ResponsesOfRequest, few},
    sales::{Order, Product},
};

/// Something that a customer turns to us with.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ServiceRequest {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for ServiceRequest {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl ServiceRequest {
    /// The values of custom fields, with their types.
    async fn custom_values(&self, ctx: &Context<'_>) -> Result<Vec<CustomValue>> {
        custom_values(ctx, "service_request", &self.row.custom)
    }

    /// The customer.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        Ok(ctx.load(self.row.customer_id).await?.map(Customer::from))
    }

    /// The person there.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        Ok(ctx.load(self.row.contact_id).await?.map(Contact::from))
    }

    /// The product that it is about.
    async fn product(&self, ctx: &Context<'_>) -> Result<Option<Product>> {
        Ok(ctx.load(self.row.product_id).await?.map(Product::from))
    }

    /// The order that it is about.
    async fn order(&self, ctx: &Context<'_>) -> Result<Option<Order>> {
        Ok(ctx.load(self.row.order_id).await?.map(Order::from))
    }

    /// The site at which it is.
    async fn site(&self, ctx: &Context<'_>) -> Result<Option<Site>> {
        Ok(ctx.load(self.row.site_id).await?.map(Site::from))
    }

    /// The request that this one is a case of.
    async fn parent(&self, ctx: &Context<'_>) -> Result<Option<ServiceRequest>> {
        Ok(ctx.load(self.row.parent_id).await?.map(ServiceRequest::from))
    }

    /// The request that this one has become a part of.
    async fn merged_into(&self, ctx: &Context<'_>) -> Result<Option<ServiceRequest>> {
        Ok(ctx.load(self.row.merged_into_id).await?.map(ServiceRequest::from))
    }

    /// The queue that it waits in.
    async fn queue(&self, ctx: &Context<'_>) -> Result<Option<Queue>> {
        Ok(ctx.load(self.row.queue_id).await?.map(Queue::from))
    }

    /// The user who has it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.owner_id).await?.map(User::from))
    }

    /// What whoever gets it from its queue must be able to do, each of the shape of the input `ServiceSkillInput`.
    async fn needed_skills(&self) -> Json<&[Skill]> {
        Json(&self.row.needed_skills.0)
    }

    /// The latest messages, at most 50.
    async fn messages(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<RequestMessage>> {
        let rows = ctx.load_many(MessagesOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(RequestMessage::from).collect())
    }

    /// What came of it as a complaint.
    async fn complaint(&self, ctx: &Context<'_>) -> Result<Option<Complaint>> {
        let rows = ctx.load_many(ComplaintOf(self.row.id, 1)).await?;
        Ok(rows.into_iter().next().map(Complaint::from))
    }

    /// What was promised in it, what is due last first, at most 50.
    async fn promises(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<Promise>> {
        let rows = ctx.load_many(PromisesOf(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(Promise::from).collect())
    }

    /// What the customer said of it, at most 50.
    async fn survey_responses(
        &self,
        ctx: &Context<'_>,
        #[graphql(default = 10)] first: i32,
    ) -> Result<Vec<SurveyResponse>> {
        let rows = ctx.load_many(ResponsesOfRequest(self.row.id, few(first)?)).await?;
        Ok(rows.into_iter().map(SurveyResponse::from).collect())
    }
}

/// How a service request stood from some moment on.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct ServiceStep {
    #[graphql(flatten)]
    row: service_step::Model,
}

impl From<service_step::Model> for ServiceStep {
    fn from(row: service_step::Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl ServiceStep {
    /// The queue.
    async fn queue(&self, ctx: &Context<'_>) -> Result<Option<Queue>> {
        Ok(ctx.load(self.row.queue_id).await?.map(Queue::from))
    }

    /// The user who had it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.owner_id).await?.map(User::from))
    }
}

/// A user who is told what becomes of a service request.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct RequestWatcher {
    #[graphql(flatten)]
    row: request_watcher::Model,
}

#[ComplexObject]
impl RequestWatcher {
    /// The user.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(Some(self.row.user_id)).await?.map(User::from))
    }
}

/// A user who is answering a service request.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct RequestAnswering {
    #[graphql(flatten)]
    row: request_answering::Model,
}

#[ComplexObject]
impl RequestAnswering {
    /// The user.
    async fn user(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(Some(self.row.user_id)).await?.map(User::from))
    }
}

/// That a service request has to do with another.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct RequestLink {
    #[graphql(flatten)]
    row: links::RequestLink,
}

#[ComplexObject]
impl RequestLink {
    /// The other request.
    async fn other(&self, ctx: &Context<'_>) -> Result<Option<ServiceRequest>> {
        Ok(ctx.load(Some(self.row.other_id)).await?.map(ServiceRequest::from))
    }
}

/// The service request that another system knows by an id.
#[derive(InputObject)]
struct UpsertServiceRequest {
    /// The system.
    source: Source,
    /// The id it has there.
    external_id: ExternalId,
    /// What it is there.
    service_request: NewServiceRequest,
}

#[derive(Default)]
pub struct ServiceRequestQuery;

#[Object]
impl ServiceRequestQuery {
    /// Service requests, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn service_requests(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<ServiceRequest>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One service request.
    async fn service_request(&self, ctx: &Context<'_>, id: Id) -> Result<ServiceRequest> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// How a service request came to stand as it does, newest first: a step for each change of its status, priority, owner or queue.
    async fn service_request_history(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
    ) -> Result<Connected<ServiceStep>> {
        let (part, continued) = part(first, after)?;
        let page = history::list(ctx.me()?, id, &part).await.map_err(by_argument)?;
        Ok(connect(page, continued))
    }

    /// Who is told what becomes of a service request.
    async fn service_request_watchers(
        &self,
        ctx: &Context<'_>,
        id: Id,
    ) -> Result<Vec<RequestWatcher>> {
        let rows = watchers::list(ctx.me()?, id).await?;
        Ok(rows.into_iter().map(|row| RequestWatcher { row }).collect())
    }

    /// Who is answering a service request now: a hint, so that no two do.
    async fn service_request_answering(
        &self,
        ctx: &Context<'_>,
        id: Id,
    ) -> Result<Vec<RequestAnswering>> {
        let rows = answering::list(ctx.me()?, id).await?;
        Ok(rows.into_iter().map(|row| RequestAnswering { row }).collect())
    }

    /// How a service request was escalated, the last time first.
    async fn service_request_escalations(
        &self,
        ctx: &Context<'_>,
        id: Id,
    ) -> Result<Vec<service_escalation::Model>> {
        Ok(escalations::list(ctx.me()?, id).await?)
    }

    /// What a service request has to do with others.
    async fn service_request_links(&self, ctx: &Context<'_>, id: Id) -> Result<Vec<RequestLink>> {
        let rows = links::list(ctx.me()?, id).await?;
        Ok(rows.into_iter().map(|row| RequestLink { row }).collect())
    }
}

#[derive(Default)]
pub struct ServiceRequestMutation;

#[Object]
impl ServiceRequestMutation {
    /// Make a service request.
    async fn create_service_request(
        &self,
        ctx: &Context<'_>,
        input: NewServiceRequest,
    ) -> Result<ServiceRequest> {
        Ok(requests::create(ctx.me()?, input).await?.into())
    }

    /// Change a service request: what is left out stays, null clears. How it stands is changed by `moveServiceRequest`.
    async fn update_service_request(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ServiceRequestPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<ServiceRequest> {
        let expected = Expected::of(if_version, base_version);
        Ok(requests::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a service request. It can be restored.
    async fn delete_service_request(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<ServiceRequest> {
        Ok(requests::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted service request back.
    async fn restore_service_request(&self, ctx: &Context<'_>, id: Id) -> Result<ServiceRequest> {
        Ok(requests::restore(ctx.me()?, id).await?.into())
    }

    /// Make the service request that another system knows by this id, or change it. What is left out, or null, stays as it is; it comes into the status that it has there, whatever may come next here.
    async fn upsert_service_request(
        &self,
        ctx: &Context<'_>,
        input: UpsertServiceRequest,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<ServiceRequest> {
        let UpsertServiceRequest { source, external_id, service_request } = input;
        let expected = if_version.into();
        let upserted =
            requests::upsert(ctx.me()?, source, external_id, expected, service_request).await?;
        Ok(upserted.0.into())
    }

    /// Make another service request of a message of one.
    async fn split_service_request(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: SplitServiceRequest,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<ServiceRequest> {
        Ok(splitting::split(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Bring a service request into another status: one that may come next.
    async fn move_service_request(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: MoveServiceRequest,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<ServiceRequest> {
        Ok(moves::move_to(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Resolve a service request, and say what has come of it; with its open cases where that is wanted.
    async fn resolve_service_request(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: ResolveServiceRequest,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<ServiceRequest> {
        Ok(moves::resolve(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Close a service request.
    async fn close_service_request(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<ServiceRequest> {
        Ok(moves::close(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Take up a service request that is resolved or closed.
    async fn reopen_service_request(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<ServiceRequest> {
        Ok(moves::reopen(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Give a service request to somebody, or put it into a queue, and say why.
    async fn assign_service_request(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: AssignServiceRequest,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<ServiceRequest> {
        Ok(hands::assign(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Take an open service request that nobody has. Of several who do so at once, one gets it.
    async fn take_service_request(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<ServiceRequest> {
        Ok(hands::take(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Say that you are answering a service request, for half a minute from now, and get who is. Say it again while you go on.
    async fn announce_service_request_answering(
        &self,
        ctx: &Context<'_>,
        id: Id,
    ) -> Result<Vec<RequestAnswering>> {
        let rows = answering::announce(ctx.me()?, id).await?;
        Ok(rows.into_iter().map(|row| RequestAnswering { row }).collect())
    }

    /// Escalate an open service request and say why: by the first rule for it that holds.
    async fn escalate_service_request(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: EscalateServiceRequest,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<ServiceRequest> {
        Ok(escalations::escalate(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Make a service request a part of another: its messages and watchers go there, and it is closed.
    async fn merge_service_request(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: MergeServiceRequest,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<ServiceRequest> {
        Ok(merging::merge(ctx.me()?, id, if_version.into(), input).await?.into())
    }

    /// Let a user be told of what is written about a service request in public, and of how it stands.
    async fn watch_service_request(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: WatchServiceRequest,
    ) -> Result<ServiceRequest> {
        Ok(watchers::watch(ctx.me()?, id, input).await?.into())
    }

    /// Let a user no longer be told what becomes of a service request.
    async fn unwatch_service_request(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: WatchServiceRequest,
    ) -> Result<ServiceRequest> {
        Ok(watchers::unwatch(ctx.me()?, id, input).await?.into())
    }

    /// Say that a service request has to do with another.
    async fn link_service_request(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: LinkServiceRequest,
    ) -> Result<ServiceRequest> {
        Ok(links::link(ctx.me()?, id, input).await?.into())
    }

    /// Take a link away that a service request makes itself.
    async fn unlink_service_request(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: LinkServiceRequest,
    ) -> Result<ServiceRequest> {
        Ok(links::unlink(ctx.me()?, id, input).await?.into())
    }
}
