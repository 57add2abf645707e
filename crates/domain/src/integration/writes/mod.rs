//! Writes that come in bulk: in batches, and from devices that did them offline. Each is what its own operation does.

mod batch;
mod offline;

use futures_util::future::BoxFuture;
use rapport_entity::{
    Id,
    customers::{consent, contact, contact_point, customer, interaction},
    identity::role::{Scope, Verb},
    sales::{
        lead::{self, Lead},
        opportunity::{self, Opportunity},
        order, price_book_entry, product,
    },
    service::service_request,
    work::task,
};
use serde::Serialize;

pub use batch::{Done, Item, MOST, batch};
pub use offline::{Applied, Offline, upload};

use crate::{
    customers::{
        consents::{self, ConsentPatch, NewConsent},
        contact_points::{self, ContactPointPatch, NewContactPoint},
        contacts::{self, ContactPatch, NewContact},
        customers::{self, CustomerPatch, NewCustomer},
        interactions::{self, InteractionPatch, NewInteraction},
    },
    kernel::{Ctx, Described, Error, Expected, Result},
    lifecycle::moves::{self, Move},
    records,
    sales::{
        leads::leads::{self, LeadPatch, NewLead},
        opportunities::opportunities::{self, NewOpportunity, OpportunityPatch},
        orders::orders::{self, NewOrder, OrderPatch, OrderWithLines},
        price_book_entries::{self, NewPriceBookEntry, PriceBookEntryPatch},
        products::{self, NewProduct, ProductPatch, ProductWithComponents},
    },
    service::requests::{NewServiceRequest, ServiceRequestPatch, requests},
    work::tasks::{self, NewTask, TaskPatch},
};

/// A kind of record that can be written in bulk.
pub trait Written: Described {
    /// What a new one is made of.
    type New: Send;
    /// What can be changed of one.
    type Patch: Send;
    /// What whoever writes gets back.
    type Record: Serialize + Send;
}

/// What is to be done to a record of a kind.
pub enum Write<E: Written> {
    /// Make it.
    Create(E::New),
    /// Change it.
    Update(Id<E>, Expected, E::Patch),
    /// Delete it, so that it can be restored.
    Delete(Id<E>, Expected),
}

/// Something to be done, as one of many.
pub trait Work: Send {
    /// What whoever asks for it gets back.
    type Record: Send;
    /// The kinds of record that it may be about.
    const KINDS: &[&str];

    /// What is done.
    fn verb(&self) -> Verb;

    /// Does it, as its own operation would. Of what is deleted, nothing is given back.
    fn apply(self, ctx: &Ctx) -> impl Future<Output = Result<Option<Self::Record>>> + Send;
}

impl<E: Written> Write<E> {
    fn verb(&self) -> Verb {
        match self {
            Self::Create(_) => Verb::Create,
            Self::Update(..) => Verb::Update,
            Self::Delete(..) => Verb::Delete,
        }
    }

    /// The version that a change is made from.
    fn base(&self) -> Option<i32> {
        match self {
            Self::Update(_, Expected::Base(base), _) => Some(*base),
            _ => None,
        }
    }
}

macro_rules! written {
    ($kind:ident, $operations:ident: $new:ty, $patch:ty => $record:ty) => {
        written!($kind, $operations: $new, $patch => $record, records::delete::<$kind::Entity>);
    };
    ($kind:ident, $operations:ident: $new:ty, $patch:ty => $record:ty, $delete:expr) => {
        impl Written for $kind::Entity {
            type New = $new;
            type Patch = $patch;
            type Record = $record;
        }

        impl Work for Write<$kind::Entity> {
            type Record = $record;
            const KINDS: &[&str] = &[<$kind::Entity as rapport_entity::Resource>::NAME];

            fn verb(&self) -> Verb {
                self.verb()
            }

            async fn apply(self, ctx: &Ctx) -> Result<Option<$record>> {
                Ok(match self {
                    Self::Create(new) => Some($operations::create(ctx, new).await?.into()),
                    Self::Update(id, expected, patch) => {
                        Some($operations::update(ctx, id, expected, patch).await?.into())
                    }
                    Self::Delete(id, expected) => {
                        $delete(ctx, id, expected).await?;
                        None
                    }
                })
            }
        }
    };
}

written!(customer, customers: NewCustomer, CustomerPatch => customer::Model);
written!(contact, contacts: NewContact, ContactPatch => contact::Model);
written!(interaction, interactions: NewInteraction, InteractionPatch => interaction::Model);
written!(consent, consents: NewConsent, ConsentPatch => consent::Model);
written!(contact_point, contact_points: NewContactPoint, ContactPointPatch => contact_point::Model);
written!(task, tasks: NewTask, TaskPatch => task::Model);
written!(product, products: NewProduct, ProductPatch => ProductWithComponents);
written!(
    price_book_entry,
    price_book_entries: NewPriceBookEntry, PriceBookEntryPatch => price_book_entry::PriceBookEntry
);
written!(order, orders: NewOrder, OrderPatch => OrderWithLines);
written!(service_request, requests: NewServiceRequest, ServiceRequestPatch => service_request::Model);
written!(lead, leads: NewLead, LeadPatch => Lead, leads::delete);

written!(
    opportunity,
    opportunities: NewOpportunity, OpportunityPatch => Opportunity, opportunities::delete
);

impl Work for Move {
    type Record = customer::Model;
    const KINDS: &[&str] = &[<customer::Entity as rapport_entity::Resource>::NAME];

    fn verb(&self) -> Verb {
        Verb::Update
    }

    async fn apply(self, ctx: &Ctx) -> Result<Option<customer::Model>> {
        moves::move_customer(ctx, self.customer, self.expected, self.to).await.map(Some)
    }
}

macro_rules! any {
    ($($kind:ident $name:ident: $record:ty, $doc:literal;)*) => {
        /// What is to be done to a record of any kind.
        pub enum AnyWrite {
            $(#[doc = $doc] $name(Write<$kind::Entity>),)*
        }

        /// A record of any kind.
        #[derive(Serialize)]
        #[serde(untagged)]
        pub enum AnyRecord {
            $(#[doc = $doc] $name(Box<$record>),)*
        }

        impl Work for AnyWrite {
            type Record = AnyRecord;
            const KINDS: &[&str] = &[$(<$kind::Entity as rapport_entity::Resource>::NAME),*];

            fn verb(&self) -> Verb {
                match self {
                    $(Self::$name(write) => write.verb(),)*
                }
            }

            async fn apply(self, ctx: &Ctx) -> Result<Option<AnyRecord>> {
                Ok(match self {
                    $(Self::$name(write) => {
                        applied(write, ctx).await?.map(|record| AnyRecord::$name(Box::new(record)))
                    })*
                })
            }
        }

        impl AnyWrite {
            /// The version that a change is made from.
            fn base(&self) -> Option<i32> {
                match self {
                    $(Self::$name(write) => write.base(),)*
                }
            }
        }
    };
}

any! {
    customer Customer: customer::Model, "A customer.";
    contact Contact: contact::Model, "A contact.";
    interaction Interaction: interaction::Model, "An interaction.";
    consent Consent: consent::Model, "A consent.";
    contact_point ContactPoint: contact_point::Model, "A contact point.";
    task Task: task::Model, "A task.";
    product Product: ProductWithComponents, "A product.";
    order Order: OrderWithLines, "An order.";
    opportunity Opportunity: Opportunity, "An opportunity.";
    lead Lead: Lead, "A lead.";
    service_request ServiceRequest: service_request::Model, "A service request.";
}

/// What is done, kept aside: one after the other the kinds of record would take all of a thread's stack.
fn applied<'c, W: Work + 'c>(write: W, ctx: &'c Ctx) -> BoxFuture<'c, Result<Option<W::Record>>> {
    Box::pin(write.apply(ctx))
}

/// Refuses whoever may write nothing at all of what `W` is about.
fn may_write<W: Work>(ctx: &Ctx) -> Result<()> {
    let permissions = &ctx.actor().permissions;
    let may = |kind: &&str| {
        [Verb::Create, Verb::Update, Verb::Delete]
            .iter()
            .any(|verb| permissions.scope(kind, *verb) != Scope::None)
    };
    match W::KINDS.iter().any(may) {
        true => Ok(()),
        false => Err(Error::Forbidden { verb: "write", resource: W::KINDS[0] }),
    }
}
