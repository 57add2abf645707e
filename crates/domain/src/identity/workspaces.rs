//! Workspaces: the companies that work with Rapport.

use async_graphql::InputObject;
use rapport_entity::{
    Currency, Email, MonthOfYear, Name, Slug, Text, TimeZone,
    identity::{
        NewPassword, user,
        workspace::{self, ActiveModel, Entity, Model},
    },
    log::event::ActorKind,
};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, DeriveIntoActiveModel, EntityTrait, QueryFilter, QuerySelect,
    sea_query::LockType,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{passwords, roles};
use crate::{
    defaults,
    kernel::{Actor, Create, Ctx, Database, Expected, Patch, Result, Tx, Update},
    records,
};

/// A workspace to be made, and who looks after it.
#[derive(Clone, Debug)]
pub struct NewWorkspace {
    /// The short name used to sign in.
    pub slug: Slug,
    /// The company's name.
    pub name: Name,
    /// Where its days begin and end.
    pub time_zone: TimeZone,
    /// The currency of amounts that do not name one.
    pub currency: Currency,
    /// The address the first user signs in with.
    pub admin_email: Email,
    /// What they are called.
    pub admin_name: Name,
    /// Their password.
    pub admin_password: NewPassword,
}

/// What to change of a workspace: what is left out stays. Its currency stays what it is, because amounts are in it.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject, DeriveIntoActiveModel)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WorkspacePatch {
    /// The company's name.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// Where its days begin and end.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = TimeZone)]
    pub time_zone: Option<TimeZone>,
    /// What is said before the lines of quotes that do not say it themselves.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub quote_introduction: Patch<Text>,
    /// What is said after the lines of quotes that do not say it themselves.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub quote_terms: Patch<Text>,
    /// What stands at the foot of every page of a quote.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub quote_footer: Patch<Text>,
    /// The month that its fiscal years begin with. Targets and adjustments that are there keep their days.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = MonthOfYear)]
    pub fiscal_year_start: Option<MonthOfYear>,
}

/// Makes a workspace with the built-in roles, what else it begins with, and its first user, who may do everything. For the
/// operator: nobody signed in can.
///
/// # Errors
/// [`Error::Duplicate`](crate::Error::Duplicate) where the slug is taken; [`Error::Invalid`](crate::Error::Invalid)
/// where the password is easily guessed.
pub async fn create(database: &Database, new: NewWorkspace) -> Result<(Model, user::Model)> {
    passwords::check("/adminPassword", &new.admin_password, &new.admin_email, &new.slug)?;
    let password_hash = passwords::hash(new.admin_password.clone()).await?;
    let now = database.clock().now();
    let row = Model {
        id: workspace::Id::new(),
        slug: new.slug,
        name: new.name,
        time_zone: new.time_zone,
        currency: new.currency,
        quote_introduction: None,
        quote_terms: None,
        quote_footer: None,
        fiscal_year_start: MonthOfYear::default(),
        version: 1,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    };
    let ctx = Ctx::new(database.clone(), Actor::system(&row, ActorKind::System));
    ctx.tx(async |tx| {
        let workspace = tx.entailed::<Entity, Create>().insert(Some(row.id), row.clone()).await?;
        defaults::create(tx).await?;
        let admin = user::ActiveModel {
            email: Set(new.admin_email),
            name: Set(new.admin_name),
            role_id: Set(roles::create_built_in(tx).await?),
            status: Set(user::Status::Active),
            password_hash: Set(Some(password_hash)),
            ..Default::default()
        };
        let admin = tx.entailed::<user::Entity, Create>().insert(None, admin).await?;
        Ok((workspace, admin))
    })
    .await
}

/// The workspace one works in.
///
/// # Errors
/// [`Error::Unavailable`](crate::Error::Unavailable).
pub async fn get(ctx: &Ctx) -> Result<Model> {
    records::get(ctx, ctx.actor().workspace).await
}

/// Changes the workspace one works in.
///
/// # Errors
/// [`Error::Forbidden`](crate::Error::Forbidden), [`Error::Stale`](crate::Error::Stale).
pub async fn update(ctx: &Ctx, expected: Expected, patch: WorkspacePatch) -> Result<Model> {
    let id = ctx.actor().workspace;
    ctx.tx(async |tx| tx.can::<Entity, Update>()?.update(id, expected, patch).await).await
}

/// Lets nobody else change how users, teams and roles hang together until the transaction ends: that there is an
/// administrator, that teams are a tree, that what is deleted is not in use. Everything else goes on meanwhile.
pub(super) async fn hold(tx: &Tx<'_>) -> Result<()> {
    let own = Entity::find()
        .filter(workspace::Column::Id.eq(tx.actor().workspace))
        .lock(LockType::NoKeyUpdate);
    tx.rows::<Entity>().all(own).await.map(|_| ())
}
