//! Writes that come in bulk: what devices did offline, in order. Each is what its own operation does, and each may be
//! repeated.

use rapport_entity::{
    customers::{contact, customer},
    identity::role::{Scope, Verb},
    sales::{order, product},
};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use utoipa::ToSchema;

use super::idempotency::{self, Answer, Begun, Key};
use crate::{
    customers::{
        contacts::{self, ContactPatch, NewContact},
        customers::{self, CustomerPatch, NewCustomer},
    },
    kernel::{Ctx, Error, Expected, Result},
    records,
    sales::{
        orders::{self, NewOrder, OrderPatch},
        products::{self, NewProduct, ProductPatch},
    },
};

/// The kinds of record that can be written in bulk.
pub const WRITTEN: [&str; 4] = ["customer", "contact", "product", "order"];

/// What is to be done to a record.
#[derive(Clone, Debug)]
pub enum Write<I, N, P> {
    /// Make it.
    Create(N),
    /// Change it.
    Update(I, Expected, P),
    /// Delete it, so that it can be restored.
    Delete(I, Expected),
}

/// What is to be done to a record of any kind.
#[derive(Clone, Debug)]
pub enum AnyWrite {
    /// To a customer.
    Customer(Write<customer::Id, NewCustomer, CustomerPatch>),
    /// To a contact.
    Contact(Write<contact::Id, NewContact, ContactPatch>),
    /// To a product.
    Product(Write<product::Id, NewProduct, ProductPatch>),
    /// To an order.
    Order(Write<order::Id, NewOrder, OrderPatch>),
}

impl AnyWrite {
    /// Does it, as its own operation would, and gives the record back as that one would.
    ///
    /// # Errors
    /// Those of the operation.
    pub async fn apply(self, ctx: &Ctx) -> Result<Json> {
        use Write::{Create, Delete, Update};
        match self {
            Self::Customer(Create(new)) => json(customers::create(ctx, new).await?),
            Self::Customer(Update(id, expected, patch)) => {
                json(customers::update(ctx, id, expected, patch).await?)
            }
            Self::Customer(Delete(id, expected)) => {
                json(records::delete::<customer::Entity>(ctx, id, expected).await?)
            }
            Self::Contact(Create(new)) => json(contacts::create(ctx, new).await?),
            Self::Contact(Update(id, expected, patch)) => {
                json(contacts::update(ctx, id, expected, patch).await?)
            }
            Self::Contact(Delete(id, expected)) => {
                json(records::delete::<contact::Entity>(ctx, id, expected).await?)
            }
            Self::Product(Create(new)) => {
                json(product::Product::from(products::create(ctx, new).await?))
            }
            Self::Product(Update(id, expected, patch)) => {
                json(product::Product::from(products::update(ctx, id, expected, patch).await?))
            }
            Self::Product(Delete(id, expected)) => {
                let deleted = records::delete::<product::Entity>(ctx, id, expected).await?;
                json(product::Product::from(deleted))
            }
            Self::Order(Create(new)) => json(orders::create(ctx, new).await?),
            Self::Order(Update(id, expected, patch)) => {
                json(orders::update(ctx, id, expected, patch).await?)
            }
            Self::Order(Delete(id, expected)) => {
                let deleted = records::delete::<order::Entity>(ctx, id, expected).await?;
                json(order::Order::from(deleted))
            }
        }
    }

    /// The version that a change is made from.
    fn base(&self) -> Option<i32> {
        match self {
            Self::Customer(Write::Update(_, Expected::Base(base), _))
            | Self::Contact(Write::Update(_, Expected::Base(base), _))
            | Self::Product(Write::Update(_, Expected::Base(base), _))
            | Self::Order(Write::Update(_, Expected::Base(base), _)) => Some(*base),
            _ => None,
        }
    }
}

fn json(record: impl Serialize) -> Result<Json> {
    serde_json::to_value(record).map_err(|err| Error::Internal(err.into()))
}

/// A write that a device did offline.
pub struct Offline {
    /// Names it: however often it comes, it is done once.
    pub key: Key,
    /// A hash of all that it says.
    pub hash: [u8; 32],
    /// What it says, or what is wrong with that.
    pub write: Result<AnyWrite>,
}

/// What has become of a write.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Applied {
    /// Whether the record was changed by others too since the version that the write was made from: what they changed
    /// stays.
    pub merged: bool,
    /// The record as it is since.
    #[schema(value_type = Object)]
    pub record: Json,
}

/// Does writes, in order; what is refused keeps none of the others from being done. Whoever has lost the answer sends the
/// same again.
///
/// # Errors
/// [`Error::Forbidden`] where the actor may write nothing at all; [`Error::Unavailable`], and then the same is to be
/// sent again.
pub async fn upload(ctx: &Ctx, writes: Vec<Offline>) -> Result<Vec<Result<Applied>>> {
    let permissions = &ctx.actor().permissions;
    let may = |kind: &&str| {
        [Verb::Create, Verb::Update, Verb::Delete]
            .iter()
            .any(|verb| permissions.scope(kind, *verb) != Scope::None)
    };
    if !WRITTEN.iter().any(may) {
        return Err(Error::Forbidden { verb: "write", resource: "customer" });
    }
    if ctx.is_one() {
        let why = "each write has a key of its own; leave the header Idempotency-Key out";
        return Err(Error::Refused(why.to_owned()));
    }
    let mut outcomes = Vec::with_capacity(writes.len());
    for write in writes {
        match once(ctx, write).await {
            Err(Error::Unavailable(why)) => return Err(Error::Unavailable(why)),
            outcome => outcomes.push(outcome),
        }
    }
    Ok(outcomes)
}

async fn once(ctx: &Ctx, offline: Offline) -> Result<Applied> {
    let write = offline.write?;
    let attempt = match idempotency::begin(ctx, offline.key, offline.hash).await? {
        Begun::First(attempt) => attempt,
        Begun::Again(answer) => {
            return serde_json::from_slice(&answer.body).map_err(|err| Error::Internal(err.into()));
        }
    };
    let base = write.base();
    match write.apply(attempt.ctx()).await {
        Ok(record) => {
            let version = record["version"].as_i64();
            let merged = base.zip(version).is_some_and(|(base, is)| is > i64::from(base) + 1);
            let applied = Applied { merged, record };
            let body = serde_json::to_vec(&applied).map_err(|err| Error::Internal(err.into()))?;
            attempt.keep(&Answer { status: 200, headers: Vec::new(), body }).await?;
            Ok(applied)
        }
        Err(err) => {
            attempt.forget().await;
            Err(err)
        }
    }
}
