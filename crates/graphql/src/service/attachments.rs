use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use base64::{Engine, prelude::BASE64_STANDARD};
use futures_util::stream;
use rapport_domain::{
    Error,
    integration::objects::Objects,
    records,
    service::attachments::{
        self, NewAttachment,
        downloads::{self, AttachmentLink, NewAttachmentLink},
    },
};
use rapport_entity::{
    rule::Rule,
    service::{
        attachment::{Entity, Id, Model},
        service_request,
    },
};

use super::{RequestMessage, ServiceRequest};
use crate::{
    connection::{Args, Connected, by_argument, connect},
    identity::User,
    rows::ContextExt,
};

/// A file that belongs to a service request, or to something that was written about it. (The file itself is fetched over
/// REST.)
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Attachment {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Attachment {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Attachment {
    /// The service request.
    async fn request(&self, ctx: &Context<'_>) -> Result<Option<ServiceRequest>> {
        Ok(ctx.load(self.row.request_id).await?.map(ServiceRequest::from))
    }

    /// The message about it that the file was sent with.
    async fn message(&self, ctx: &Context<'_>) -> Result<Option<RequestMessage>> {
        Ok(ctx.load(self.row.message_id).await?.map(RequestMessage::from))
    }

    /// The user who added it.
    async fn added_by(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        Ok(ctx.load(self.row.added_by_id).await?.map(User::from))
    }
}

#[derive(Default)]
pub struct AttachmentQuery;

#[Object]
impl AttachmentQuery {
    /// The files of a service request, the newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn attachments(
        &self,
        ctx: &Context<'_>,
        id: service_request::Id,
        filter: Option<Rule>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Attachment>> {
        let args = Args { filter, q: None, sort, first, after, deleted };
        let listing = args.listing(ctx)?;
        let page = attachments::list(ctx.me()?, id, &listing).await.map_err(by_argument)?;
        Ok(connect(page, listing.cursor.is_some()))
    }

    /// What is known of a file.
    async fn attachment(&self, ctx: &Context<'_>, id: Id) -> Result<Attachment> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct AttachmentMutation;

#[Object]
impl AttachmentMutation {
    /// Add a small file to a service request. (A large one is sent over REST, as the body.)
    async fn create_attachment(
        &self,
        ctx: &Context<'_>,
        id: service_request::Id,
        input: NewAttachment,
        #[graphql(desc = "The file, in base64.")] content: String,
    ) -> Result<Attachment> {
        let bytes = BASE64_STANDARD.decode(content);
        let bytes = bytes.map_err(|_| Error::invalid("/content", "is not base64"))?;
        let body = stream::iter([Ok::<_, Error>(bytes)]);
        let objects = ctx.data::<Objects>()?;
        Ok(attachments::create(ctx.me()?, objects, id, input, body).await?.into())
    }

    /// Remove a file for good.
    async fn delete_attachment(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Attachment> {
        Ok(attachments::delete(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Make a link to a file, for whoever is not signed in, such as the customer. It ends by itself.
    async fn create_attachment_link(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: NewAttachmentLink,
    ) -> Result<AttachmentLink> {
        Ok(downloads::link(ctx.me()?, id, input).await?)
    }
}
