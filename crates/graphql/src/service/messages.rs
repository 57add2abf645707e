use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    records,
    service::requests::messages::{self, NewRequestMessage},
};
use rapport_entity::{
    MailId,
    identity::user,
    rule::Rule,
    service::{
        request_message::{Entity, Id, Model},
        service_request,
    },
};

use super::{Attachment, ServiceRequest};
use crate::{
    connection::{Args, Connected, by_argument, connect},
    customers::Contact,
    identity::User,
    rows::{AttachmentsOf, ContextExt},
};

/// Something that was written about a service request.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct RequestMessage {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for RequestMessage {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl RequestMessage {
    /// The users who are mentioned in it.
    async fn mentions(&self) -> &Vec<user::Id> {
        &self.row.mentions.0
    }

    /// Of an e-mail, its `References`.
    async fn references(&self) -> &Vec<MailId> {
        &self.row.reference_ids.0
    }

    /// The request.
    async fn request(&self, ctx: &Context<'_>) -> Result<Option<ServiceRequest>> {
        Ok(ctx.load(Some(self.row.request_id)).await?.map(ServiceRequest::from))
    }

    /// The files that it was sent with, at most 20.
    async fn attachments(&self, ctx: &Context<'_>) -> Result<Vec<Attachment>> {
        let rows = ctx.load_many(AttachmentsOf(self.row.id)).await?;
        Ok(rows.into_iter().map(Attachment::from).collect())
    }

    /// The user who wrote it.
    async fn author(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.author_id).await?.map(User::from))
    }

    /// The person at the customer's who wrote it.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        Ok(ctx.load(self.row.contact_id).await?.map(Contact::from))
    }
}

#[derive(Default)]
pub struct RequestMessageQuery;

#[Object]
impl RequestMessageQuery {
    /// What was written about a service request, the latest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn request_messages(
        &self,
        ctx: &Context<'_>,
        id: service_request::Id,
        filter: Option<Rule>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<RequestMessage>> {
        let args = Args { filter, q: None, sort, first, after, deleted };
        let listing = args.listing(ctx)?;
        let page = messages::list(ctx.me()?, id, &listing).await.map_err(by_argument)?;
        Ok(connect(page, listing.cursor.is_some()))
    }

    /// One message.
    async fn request_message(&self, ctx: &Context<'_>, id: Id) -> Result<RequestMessage> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct RequestMessageMutation;

#[Object]
impl RequestMessageMutation {
    /// Write about a service request: as the customer, to the customer, or among ourselves. What the customer writes brings a request that waits back to us and reopens one that is resolved; after one that is closed another begins.
    async fn create_request_message(
        &self,
        ctx: &Context<'_>,
        id: service_request::Id,
        input: NewRequestMessage,
    ) -> Result<RequestMessage> {
        Ok(messages::create(ctx.me()?, id, input).await?.into())
    }
}
