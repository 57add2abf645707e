//! Requests that take up what another was about, after that one was closed.

use chrono::{DateTime, Utc};
use rapport_entity::{
    Custom, Resource,
    service::{
        request_link,
        service_request::{ActiveModel, Channel, Entity, Model},
        service_status::Category,
    },
};
use sea_orm::{ActiveModelTrait, IntoActiveModel};

use super::{
    course::{come_into, first_held},
    links,
    requests::next_number,
    saving::make as make_one,
};
use crate::kernel::{Create, Result, Tx};

/// Makes the request that follows another, by the same customer and in the same hands.
pub(super) async fn follow_up(
    tx: &Tx<'_>,
    of: &Model,
    at: DateTime<Utc>,
    channel: Option<Channel>,
) -> Result<Model> {
    let row = Model { channel: channel.unwrap_or(of.channel), opened_at: at, ..of.clone() };
    follow_with(tx, of, row).await
}

/// Makes the request that follows another, and is like a third.
pub(in crate::service) async fn follow_with(tx: &Tx<'_>, of: &Model, like: Model) -> Result<Model> {
    let made = make(tx, like).await?;
    links::join(tx, &made, of, request_link::Kind::Follows).await
}

/// Makes a request that is like another, and begins anew.
pub(super) async fn make(tx: &Tx<'_>, like: Model) -> Result<Model> {
    let status = first_held(tx, Category::New).await?;
    let opened = like.opened_at;
    let like = Model { status_category: Category::New, ..like };
    let row = Model {
        number: next_number(tx).await?,
        parent_id: None,
        merged_into_id: None,
        first_responded_at: None,
        last_customer_message_at: None,
        last_reply_at: None,
        resolved_at: None,
        closed_at: None,
        reopen_count: 0,
        escalation_level: 0,
        escalated_at: None,
        entitlement_id: None,
        policy_id: None,
        due_at: None,
        promised_at: None,
        resolution: None,
        source: None,
        external_id: None,
        deleted_at: None,
        custom: without_uniques(tx, like.custom.clone()),
        ..come_into(&like, &status, opened)
    };
    let requests = tx.entailed::<Entity, Create>();
    let row = requests.complete(None, all_set(row))?;
    make_one(tx, &requests, row).await
}

/// The values of custom fields, but for those that no two requests may share.
fn without_uniques(tx: &Tx<'_>, mut custom: Custom) -> Custom {
    let fields = tx.actor().custom.of(Entity::NAME);
    for field in fields.iter().filter(|field| field.definition.unique) {
        custom.0.remove(field.key());
    }
    custom
}

/// Every column as it is in the row.
fn all_set(row: Model) -> ActiveModel {
    row.into_active_model().reset_all()
}
