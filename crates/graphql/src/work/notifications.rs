use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    records,
    work::notifications::{self, ReadAllNotifications, ReadNotifications, UnreadNotifications},
};
use rapport_entity::{
    Resource,
    customers::customer,
    rule::Rule,
    work::{
        notification::{Entity, Id, Model},
        task,
    },
};

use super::Task;
use crate::{
    connection::{Args, Connected, list},
    customers::Customer,
    rows::ContextExt,
};

/// What a user is told, and nobody else.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Notification {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Notification {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Notification {
    /// The task it is about, where it is about one.
    async fn task(&self, ctx: &Context<'_>) -> Result<Option<Task>> {
        let is_task = self.row.resource.as_deref() == Some(task::Entity::NAME);
        let id = self.row.subject.filter(|_| is_task).map(task::Id::from);
        let row: Option<task::Model> = ctx.load(id).await?;
        Ok(row.map(Task::from))
    }

    /// The customer it is about.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        let row: Option<customer::Model> = ctx.load(self.row.customer_id).await?;
        Ok(row.map(Customer::from))
    }
}

#[derive(Default)]
pub struct NotificationQuery;

#[Object]
impl NotificationQuery {
    /// What one is told, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn notifications(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Notification>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One notification.
    async fn notification(&self, ctx: &Context<'_>, id: Id) -> Result<Notification> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }

    /// How much of what one is told one has not read.
    async fn unread_notification_count(&self, ctx: &Context<'_>) -> Result<UnreadNotifications> {
        Ok(notifications::unread(ctx.me()?).await?)
    }
}

#[derive(Default)]
pub struct NotificationMutation;

#[Object]
impl NotificationMutation {
    /// Say that one has read a notification. One that is read stays so.
    async fn read_notification(&self, ctx: &Context<'_>, id: Id) -> Result<Notification> {
        Ok(notifications::read(ctx.me()?, id).await?.into())
    }

    /// Say that one has read all notifications, or those until the newest one that one has seen.
    async fn read_all_notifications(
        &self,
        ctx: &Context<'_>,
        input: ReadAllNotifications,
    ) -> Result<ReadNotifications> {
        Ok(notifications::read_all(ctx.me()?, input).await?)
    }
}
