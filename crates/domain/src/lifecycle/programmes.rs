use async_graphql::InputObject;
use rapport_entity::{
    Date, Name, Text,
    lifecycle::winback_programme::{self, ActiveModel, Entity, Model},
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::kernel::{Create, Ctx, Error, Expected, Patch, Result, Update, patched};

/// A win-back programme to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewWinbackProgramme {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<winback_programme::Id>,
    /// What the programme is called; unique in the workspace.
    pub name: Name,
    /// What is offered.
    pub description: Option<Text>,
    /// Its first day; it has always been on where left out.
    pub starts_on: Option<Date>,
    /// Its last day; it goes on where left out.
    pub ends_on: Option<Date>,
}

/// What to change of a win-back programme: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WinbackProgrammePatch {
    /// What the programme is called; unique in the workspace.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// What is offered.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub description: Patch<Text>,
    /// Its first day.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub starts_on: Patch<Date>,
    /// Its last day.
    #[serde(default)]
    #[schema(value_type = Option<Date>)]
    pub ends_on: Patch<Date>,
}

/// Makes a win-back programme.
///
/// # Errors
/// [`Error::Invalid`] where it would end before it begins; [`Error::Duplicate`].
pub async fn create(ctx: &Ctx, new: NewWinbackProgramme) -> Result<Model> {
    check_days(new.starts_on, new.ends_on)?;
    let row = ActiveModel {
        name: Set(new.name),
        sort_name: Set(String::new()),
        description: Set(new.description),
        starts_on: Set(new.starts_on),
        ends_on: Set(new.ends_on),
        ..Default::default()
    };
    ctx.tx(async |tx| tx.can::<Entity, Create>()?.insert(new.id, row).await).await
}

/// Changes a win-back programme.
///
/// # Errors
/// As [`create`], and [`Error::NotFound`], [`Error::Stale`].
pub async fn update(
    ctx: &Ctx,
    id: winback_programme::Id,
    expected: Expected,
    patch: WinbackProgrammePatch,
) -> Result<Model> {
    let row = ActiveModel {
        name: patch.name.map_or(NotSet, Set),
        description: patch.description.into_active_value(),
        starts_on: patch.starts_on.into_active_value(),
        ends_on: patch.ends_on.into_active_value(),
        ..Default::default()
    };
    ctx.tx(async |tx| {
        let programmes = tx.can::<Entity, Update>()?;
        let before = programmes.lock(id, expected).await?;
        let after = patched::<Entity>(&before, row)?;
        check_days(after.starts_on, after.ends_on)?;
        programmes.save(&before, after, "updated", &[]).await
    })
    .await
}

fn check_days(starts_on: Option<Date>, ends_on: Option<Date>) -> Result<()> {
    match (starts_on, ends_on) {
        (Some(first), Some(last)) if last < first => {
            Err(Error::invalid("/endsOn", "is before startsOn"))
        }
        _ => Ok(()),
    }
}
