use async_graphql::{ComplexObject, Context, Object, Result, SimpleObject};
use rapport_domain::{
    identity::auth::Auth,
    kernel::Expected,
    records,
    sales::leads::{
        forms::{self, LeadFormPatch, NewLeadForm},
        submissions::{self, LeadFormReceipt, NewLeadFormSubmission, Visitor},
    },
};
use rapport_entity::{
    Origin,
    identity::user,
    rule::Rule,
    sales::lead_form::{Entity, Id, Model},
};

use crate::{
    connection::{Args, Connected, list},
    identity::User,
    rows::ContextExt,
};

/// A form on a web page that leads come in by.
#[derive(SimpleObject)]
#[graphql(complex)]
pub struct LeadForm {
    #[graphql(flatten)]
    row: Model,
}

impl From<Model> for LeadForm {
    fn from(row: Model) -> Self {
        Self { row }
    }
}

#[ComplexObject]
impl LeadForm {
    /// The pages that may send something in; all where there are none.
    async fn allowed_origins(&self) -> &[Origin] {
        &self.row.allowed_origins.0
    }

    /// The user who gets its leads.
    async fn lead_owner(&self, ctx: &Context<'_>) -> Result<Option<User>> {
        let row: Option<user::Model> = ctx.load(self.row.lead_owner_id).await?;
        Ok(row.map(User::from))
    }
}

#[derive(Default)]
pub struct LeadFormQuery;

#[Object]
impl LeadFormQuery {
    /// Forms that leads come in by, newest first.
    #[expect(clippy::too_many_arguments, reason = "they are the field's arguments")]
    async fn lead_forms(
        &self,
        ctx: &Context<'_>,
        filter: Option<Rule>,
        q: Option<String>,
        sort: Option<String>,
        #[graphql(default = 50)] first: i32,
        after: Option<String>,
        #[graphql(default)] deleted: bool,
    ) -> Result<Connected<LeadForm>> {
        list::<Entity, _>(ctx, Args { filter, q, sort, first, after, deleted }).await
    }

    /// One form that leads come in by.
    async fn lead_form(&self, ctx: &Context<'_>, id: Id) -> Result<LeadForm> {
        Ok(records::get::<Entity>(ctx.me()?, id).await?.into())
    }
}

#[derive(Default)]
pub struct LeadFormMutation;

#[Object]
impl LeadFormMutation {
    /// Make a form that leads come in by, with a key of its own.
    async fn create_lead_form(&self, ctx: &Context<'_>, input: NewLeadForm) -> Result<LeadForm> {
        Ok(forms::create(ctx.me()?, input).await?.into())
    }

    /// Change a form that leads come in by: what is left out stays, null clears.
    async fn update_lead_form(
        &self,
        ctx: &Context<'_>,
        id: Id,
        input: LeadFormPatch,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
        #[graphql(
            desc = "The version that the change is made from: only what somebody else has changed since conflicts."
        )]
        base_version: Option<i32>,
    ) -> Result<LeadForm> {
        let expected = Expected::of(if_version, base_version);
        Ok(forms::update(ctx.me()?, id, expected, input).await?.into())
    }

    /// Delete a form that leads come in by. It can be restored.
    async fn delete_lead_form(
        &self,
        ctx: &Context<'_>,
        id: Id,
        if_version: Option<i32>,
    ) -> Result<LeadForm> {
        Ok(records::delete::<Entity>(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Bring a deleted form back.
    async fn restore_lead_form(&self, ctx: &Context<'_>, id: Id) -> Result<LeadForm> {
        Ok(records::restore::<Entity>(ctx.me()?, id).await?.into())
    }

    /// Give a form a new key. What is sent with the one before finds no form any more.
    async fn renew_lead_form_key(
        &self,
        ctx: &Context<'_>,
        id: Id,
        #[graphql(desc = "Only if this is still its version.")] if_version: Option<i32>,
    ) -> Result<LeadForm> {
        Ok(forms::renew_key(ctx.me()?, id, if_version.into()).await?.into())
    }

    /// Send something in by a form, which becomes a lead. Nobody needs to be signed in. The same again is the same lead.
    async fn submit_lead_form(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "The form's key.")] key: String,
        input: NewLeadFormSubmission,
    ) -> Result<LeadFormReceipt> {
        let from = ctx.data_opt::<Visitor>().cloned().unwrap_or_default();
        Ok(submissions::submit(ctx.data::<Auth>()?, &key, &from, input).await?)
    }
}
