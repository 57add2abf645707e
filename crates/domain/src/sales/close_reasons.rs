use async_graphql::InputObject;
use rapport_entity::{
    Name,
    sales::close_reason::{self, ActiveModel, Column, Entity, Model, Outcome},
    values::fold,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition,
};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::kernel::{Create, Ctx, Error, Expected, Fault, Read, Result, Tx, Update};

/// A close reason to be made.
#[derive(Clone, Debug, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewCloseReason {
    /// The id the client has given it; made here where left out. The create can then be repeated.
    pub id: Option<close_reason::Id>,
    /// What it is a reason for.
    pub outcome: Outcome,
    /// What the reason is called; unique for its outcome, whatever the case of its letters.
    pub name: Name,
    /// Whether it can be given for opportunities that are closed from now on; it can where left out.
    pub active: Option<bool>,
}

/// What to change of a close reason: what is left out stays.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CloseReasonPatch {
    /// What the reason is called; unique for its outcome, whatever the case of its letters.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = Name)]
    pub name: Option<Name>,
    /// Whether it can be given for opportunities that are closed from now on.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = bool)]
    pub active: Option<bool>,
}

/// Makes a close reason.
///
/// # Errors
/// [`Error::Duplicate`] where its name is taken.
pub async fn create(ctx: &Ctx, new: NewCloseReason) -> Result<Model> {
    let row = ActiveModel {
        outcome: Set(new.outcome),
        name: Set(new.name),
        sort_name: Set(String::new()),
        active: Set(new.active.unwrap_or(true)),
        ..Default::default()
    };
    ctx.tx(async |tx| tx.can::<Entity, Create>()?.insert(new.id, row).await).await
}

/// Changes a close reason.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`], [`Error::Duplicate`].
pub async fn update(
    ctx: &Ctx,
    id: close_reason::Id,
    expected: Expected,
    patch: CloseReasonPatch,
) -> Result<Model> {
    let row = ActiveModel {
        name: patch.name.map_or(NotSet, Set),
        active: patch.active.map_or(NotSet, Set),
        ..Default::default()
    };
    ctx.tx(async |tx| tx.can::<Entity, Update>()?.update(id, expected, row).await).await
}

/// How a reason is named: by its id or by its name.
#[derive(Clone, Debug)]
pub(super) enum Reason {
    Id(close_reason::Id),
    Name(Name),
}

impl Reason {
    /// The one of the two that is given.
    ///
    /// # Errors
    /// [`Error::Invalid`] where both are.
    pub fn of(id: Option<close_reason::Id>, name: Option<Name>) -> Result<Option<Self>> {
        match (id, name) {
            (Some(_), Some(_)) => Err(Error::invalid("/reason", "is one too many beside reasonId")),
            (Some(id), None) => Ok(Some(Self::Id(id))),
            (None, name) => Ok(name.map(Self::Name)),
        }
    }

    /// The reason, where it is one of the list that can be given for this outcome.
    ///
    /// # Errors
    /// [`Error::Conflict`].
    pub async fn find(&self, tx: &Tx<'_>, outcome: Outcome) -> Result<close_reason::Id> {
        let (which, at) = match self {
            Self::Id(id) => (Column::Id.eq(*id), "/reasonId"),
            Self::Name(name) => (Column::SortName.eq(fold(name.as_str())), "/reason"),
        };
        let which = Condition::all()
            .add(which)
            .add(Column::Outcome.eq(outcome))
            .add(Column::Active.eq(true));
        let found = tx.can::<Entity, Read>()?.filtered(which, 1).await?.pop();
        let why = "is none of the reasons that can be given";
        found.map(|found| found.id).ok_or_else(|| Error::Conflict(vec![Fault::new(at, why)]))
    }
}
