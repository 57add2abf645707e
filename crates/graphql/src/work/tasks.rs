use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    kernel::Expected,
    records,
    work::tasks::{self, NewTask, TaskPatch},
};
use rapport_entity::{
    customers::{contact, customer},
    identity::user,
    rule::Rule,
    sales::{lead, opportunity},
    work::task::{Entity, Id, Model},
};

use crate::{
    connection::{Args, Connected, list},
    customers::{Contact, Customer},
    identity::User,
    rows::ContextExt,
    sales::{Lead, Opportunity},
};

/// Something that somebody has to do.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct Task {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for Task {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl Task {
    /// The opportunity it is about.
    async fn opportunity(&self, ctx: &Context<'_>) -> Result<Option<Opportunity>> {
        let row: Option<opportunity::Model> = ctx.load(self.row.opportunity_id).await?;
        Ok(row.map(Opportunity::from))
    }

    /// The lead it is about.
    async fn lead(&self, ctx: &Context<'_>) -> Result<Option<Lead>> {
        let row: Option<lead::Model> = ctx.load(self.row.lead_id).await?;
        Ok(row.map(Lead::from))
    }

    /// The user who has it.
    async fn owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let row: Option<user::Model> = ctx.load(self.row.owner_id).await?;
        Ok(row.map(User::from))
    }

    /// The customer it is about.
    async fn customer(&self, ctx: &Context<'_>) -> Result<Option<Customer>> {
        let row: Option<customer::Model> = ctx.load(self.row.customer_id).await?;
        Ok(row.map(Customer::from))
    }

    /// The person there it is about.
    async fn contact(&self, ctx: &Context<'_>) -> Result<Option<Contact>> {
        let row: Option<contact::Model> = ctx.load(self.row.contact_id).await?;
        Ok(row.map(Contact::from))
    }
}

#[derive(Default)]
pub struct TaskQuery;

#[Object]
impl TaskQuery {
    /// Tasks, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn tasks(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<Task>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One task.
    async fn task(&self, ctx: &Context<'_>, id: Id) -> Result<Task> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct TaskMutation;

#[Object]
impl TaskMutation {
    /// Make a task.
    async fn create_task(&self, ctx: &Context<'_>, input: NewTask) -> Result<Task> {
        Ok(tasks::create(ctx.me()?, input).await?.into())
    }

    /// Change a task: what is left out stays, null clears.
    async fn update_task(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: TaskPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<Task> {
        Ok(tasks::update(ctx.me()?, id, Expected::of(if_version, base_version), input)
            .await?
            .into())
    }

    /// Say that a task is done. One that is done stays so.
    async fn complete_task(&self, ctx: &Context<'_>, id: Id) -> Result<Task> {
        Ok(tasks::complete(ctx.me()?, id).await?.into())
    }

    /// Open a task again that is done or cancelled. Another stays as it is.
    async fn reopen_task(&self, ctx: &Context<'_>, id: Id) -> Result<Task> {
        Ok(tasks::reopen(ctx.me()?, id).await?.into())
    }

    /// Say that a task is not to be done any more. One that is cancelled stays so.
    async fn cancel_task(&self, ctx: &Context<'_>, id: Id) -> Result<Task> {
        Ok(tasks::cancel(ctx.me()?, id).await?.into())
    }

    /// Delete a task. It can be restored.
    async fn delete_task(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<Task> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted task back.
    async fn restore_task(&self, ctx: &Context<'_>, id: Id) -> Result<Task> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }
}
