use async_graphql::InputObject;
use rapport_entity::{
    Label, Name, Text,
    customers::customer,
    lifecycle::{
        lifecycle_move::Cause,
        lifecycle_stage::Kind,
        loss::{self, ActiveModel, Entity, Model},
        loss_reason,
    },
    values::fold,
};
use sea_orm::{
    ActiveValue::{NotSet, Set},
    ColumnTrait, Condition, IntoActiveValue,
};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    moves::{make, present},
    stages::held_of_kind,
};
use crate::kernel::{Create, Ctx, Error, Expected, Fault, Patch, Read, Result, Tx, Update};

/// Why and to whom a customer is lost. The reason is given by its id or by its name.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LoseCustomer {
    /// The reason: one of the workspace's list.
    pub reason_id: Option<loss_reason::Id>,
    /// The reason, by its name in that list, whatever the case of its letters.
    pub reason: Option<Name>,
    /// To whom.
    pub competitor: Option<Label>,
    /// Anything worth knowing about it.
    pub note: Option<Text>,
}

/// What to change of a loss: what is left out stays, null clears.
#[derive(Clone, Debug, Default, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct LossPatch {
    /// Why.
    #[serde(default, deserialize_with = "crate::kernel::given")]
    #[schema(value_type = loss_reason::Id)]
    pub reason_id: Option<loss_reason::Id>,
    /// To whom.
    #[serde(default)]
    #[schema(value_type = Option<Label>)]
    pub competitor: Patch<Label>,
    /// Anything worth knowing about it.
    #[serde(default)]
    #[schema(value_type = Option<Text>)]
    pub note: Patch<Text>,
}

/// Loses a customer: moves them to the stage of the lost, and says why.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Invalid`] where there is not one reason, [`Error::Conflict`] where it is
/// none of the list; [`Error::Refused`] where the customer is lost already, or there is no stage for the lost;
/// [`Error::Forbidden`].
pub async fn lose(
    ctx: &Ctx,
    id: customer::Id,
    expected: Expected,
    how: LoseCustomer,
) -> Result<Model> {
    let reason = Reason::of(&how)?;
    ctx.tx(async |tx| {
        let customers = tx.can::<customer::Entity, Update>()?;
        let losses = tx.can::<Entity, Create>()?;
        let before = customers.lock(id, expected).await?;
        if present(tx, &before).await?.is_some_and(|stage| stage.kind == Kind::Lost) {
            return Err(Error::Refused("the customer is lost already".to_owned()));
        }
        let lost = held_of_kind(tx, Kind::Lost, "lost").await?;
        let reason = reason.find(tx).await?;
        let why = reason.name.as_str().parse().map_err(Error::at("/reason"))?;
        make(&customers, tx, &before, &lost, Cause::Loss, Some(why)).await?;
        let row = ActiveModel {
            customer_id: Set(id),
            reason_id: Set(reason.id),
            competitor: Set(how.competitor),
            note: Set(how.note),
            from_stage_id: Set(before.stage_id),
            lost_at: Set(tx.now()),
            ..Default::default()
        };
        losses.insert(None, row).await
    })
    .await
}

/// Corrects what is said of a loss.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Stale`]; [`Error::Conflict`] where the reason is none of the list.
pub async fn update(
    ctx: &Ctx,
    id: loss::Id,
    expected: Expected,
    patch: LossPatch,
) -> Result<Model> {
    ctx.tx(async |tx| {
        let losses = tx.can::<Entity, Update>()?;
        let before = losses.lock(id, expected).await?;
        if let Some(reason) = patch.reason_id.filter(|reason| *reason != before.reason_id) {
            Reason::Id(reason).find(tx).await?;
        }
        let row = ActiveModel {
            reason_id: patch.reason_id.map_or(NotSet, Set),
            competitor: patch.competitor.into_active_value(),
            note: patch.note.into_active_value(),
            ..Default::default()
        };
        losses.update(id, Expected::Any, row).await
    })
    .await
}

/// How a reason is named.
enum Reason {
    Id(loss_reason::Id),
    Name(Name),
}

impl Reason {
    fn of(lost: &LoseCustomer) -> Result<Self> {
        match (lost.reason_id, &lost.reason) {
            (Some(id), None) => Ok(Self::Id(id)),
            (None, Some(name)) => Ok(Self::Name(name.clone())),
            (None, None) => Err(Error::invalid("/reasonId", "is needed, or else reason")),
            (Some(_), Some(_)) => Err(Error::invalid("/reason", "is one too many beside reasonId")),
        }
    }

    /// The reason, where it is one of the list that can be given.
    async fn find(&self, tx: &Tx<'_>) -> Result<loss_reason::Model> {
        use loss_reason::Column::{Active, Id, SortName};
        let (which, at) = match self {
            Self::Id(id) => (Id.eq(*id), "/reasonId"),
            Self::Name(name) => (SortName.eq(fold(name.as_str())), "/reason"),
        };
        let which = Condition::all().add(which).add(Active.eq(true));
        let found = tx.can::<loss_reason::Entity, Read>()?.filtered(which, 1).await?.pop();
        let why = "is none of the reasons that can be given";
        found.ok_or_else(|| Error::Conflict(vec![Fault::new(at, why)]))
    }
}

/// The loss of a customer who was locked and is lost.
///
/// # Errors
/// [`Error::Conflict`] at `/customerId` where the customer is not lost.
pub(super) async fn open_loss(tx: &Tx<'_>, customer: customer::Id) -> Result<Model> {
    let open = Condition::all()
        .add(loss::Column::CustomerId.eq(customer))
        .add(loss::Column::RecoveredAt.is_null());
    let found = tx.entailed::<Entity, Read>().filtered(open, 1).await?.pop();
    found.ok_or_else(|| Error::Conflict(vec![Fault::new("/customerId", "is not lost")]))
}

/// A loss is made good.
pub(super) async fn recover(tx: &Tx<'_>, id: loss::Id) -> Result<()> {
    let losses = tx.entailed::<Entity, Update>();
    let before = losses.lock(id, Expected::Any).await?;
    let after = Model { recovered_at: Some(tx.now()), ..before.clone() };
    losses.save(&before, after, "recovered", &[]).await.map(|_| ())
}
