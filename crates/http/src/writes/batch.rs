use std::borrow::Cow;

use async_graphql::{
    InputObject, InputType, InputValueError, InputValueResult, OneofObject, Value as GraphqlValue,
    registry::Registry,
};
use rapport_domain::{
    Error, Fault, Result,
    customers::{
        consents::{ConsentPatch, NewConsent},
        contact_points::{ContactPointPatch, NewContactPoint},
        contacts::{ContactPatch, NewContact},
        customers::{CustomerPatch, NewCustomer},
        interactions::{InteractionPatch, NewInteraction},
    },
    integration::writes::{AnyWrite, Done, Item, Work, Write},
    kernel::Expected,
    lifecycle::moves::{Move, MoveCustomer},
    sales::{
        leads::leads::{LeadPatch, NewLead},
        opportunities::opportunities::{NewOpportunity, OpportunityPatch},
        orders::orders::{NewOrder, OrderPatch},
        price_book_entries::{NewPriceBookEntry, PriceBookEntryPatch},
        products::{NewProduct, ProductPatch},
    },
    service::requests::{NewServiceRequest, ServiceRequestPatch},
    work::tasks::{NewTask, TaskPatch},
};
use rapport_entity::{
    Text,
    customers::{consent, contact, contact_point, customer, interaction},
    identity::role::Verb,
    lifecycle::lifecycle_stage,
    sales::{lead, opportunity, order, price_book_entry, product},
    service::service_request,
    work::task,
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::Outcome;
use crate::{faults::faults, problem::Problem};

/// Many operations in one request.
pub trait Batch {
    /// What one of them does.
    type Work: Work;

    /// Whether all are to be done or none.
    fn atomic(&self) -> bool;

    /// The operations, in order. What is wrong with one is told of that one.
    fn items(self) -> Vec<Item<Self::Work>>;
}

/// An operation of a batch.
pub trait Operation {
    /// What it does.
    type Work;

    /// Where its members are, and what is to be done.
    fn read(self) -> (String, Self::Work);
}

/// Something that is read by itself, so that what is wrong with it leaves others alone.
pub struct Lazy<T>(Result<T, Vec<Fault>>);

impl<'de, T: DeserializeOwned + ToSchema> Deserialize<'de> for Lazy<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(from)?;
        let wrong = |_| faults::<T>(value.to_string().as_bytes());
        Ok(Self(T::deserialize(&value).map_err(wrong)))
    }
}

/// GraphQL reads all arguments before anything is done.
impl<T: InputType> InputType for Lazy<T> {
    type RawValueType = T::RawValueType;

    fn type_name() -> Cow<'static, str> {
        T::type_name()
    }

    fn create_type_info(registry: &mut Registry) -> String {
        T::create_type_info(registry)
    }

    fn parse(value: Option<GraphqlValue>) -> InputValueResult<Self> {
        T::parse(value).map(|read| Self(Ok(read))).map_err(InputValueError::propagate)
    }

    fn to_value(&self) -> GraphqlValue {
        self.0.as_ref().map_or(GraphqlValue::Null, T::to_value)
    }

    fn as_raw_value(&self) -> Option<&Self::RawValueType> {
        self.0.as_ref().ok().and_then(T::as_raw_value)
    }
}

impl<O: Operation> Lazy<O> {
    /// The operation at a place.
    fn item(self, place: usize) -> Item<O::Work> {
        let at = format!("/operations/{place}");
        match self.0 {
            Ok(operation) => {
                let (members, write) = operation.read();
                Item { at: at + &members, write: Ok(write) }
            }
            Err(faults) => Item { at, write: Err(Error::Invalid(faults)) },
        }
    }
}

/// The deletion of a record. It can be restored.
#[derive(Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Deletion {
    /// The record's id.
    pub id: Uuid,
    /// Only if this is still its version.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub version: Option<i32>,
}

macro_rules! batch {
    ($Batch:ident of $Operation:ident, $Change:ident: $entity:path, $New:ty, $Patch:ty) => {
        /// The change of a record.
        #[derive(Deserialize, ToSchema, InputObject)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $Change {
            /// The record's id; one that an earlier operation made, too.
            pub id: Uuid,
            /// Only if this is still its version.
            #[serde(default)]
            #[schema(minimum = 1)]
            pub version: Option<i32>,
            /// The version that the change is made from: only what somebody else has changed since conflicts.
            #[serde(default)]
            #[schema(minimum = 1)]
            pub base_version: Option<i32>,
            /// What to change: what is left out stays, null clears.
            pub patch: $Patch,
        }

        /// Something to be done to a record.
        #[derive(Deserialize, ToSchema, OneofObject)]
        #[serde(rename_all = "camelCase")]
        pub enum $Operation {
            /// Make it. It may have been given its id, so that later operations can refer to it.
            Create(Box<$New>),
            /// Change it.
            Update(Box<$Change>),
            /// Delete it. It can be restored.
            Delete(Deletion),
        }

        impl Operation for $Operation {
            type Work = Write<$entity>;

            fn read(self) -> (String, Self::Work) {
                let (members, write) = match self {
                    Self::Create(new) => ("/create", Write::Create(*new)),
                    Self::Update(change) => {
                        let $Change { id, version, base_version, patch } = *change;
                        let expected = Expected::of(version, base_version);
                        ("/update/patch", Write::Update(id.into(), expected, patch))
                    }
                    Self::Delete(it) => {
                        ("/delete", Write::Delete(it.id.into(), it.version.into()))
                    }
                };
                (members.to_owned(), write)
            }
        }

        batch!($Batch of $Operation: Write<$entity>);
    };
    ($Batch:ident of $Operation:ident: $Work:ty) => {
        /// Operations that are done in order: later ones may refer to what earlier ones made.
        #[derive(Deserialize, ToSchema, InputObject)]
        #[serde(rename_all = "camelCase", deny_unknown_fields)]
        pub struct $Batch {
            /// Whether all are done or none; else each for itself.
            #[serde(default)]
            #[graphql(default)]
            pub atomic: bool,
            /// What is to be done.
            #[schema(value_type = Vec<$Operation>, min_items = 1, max_items = 1000)]
            pub operations: Vec<Lazy<$Operation>>,
        }

        impl Batch for $Batch {
            type Work = $Work;

            fn atomic(&self) -> bool {
                self.atomic
            }

            fn items(self) -> Vec<Item<$Work>> {
                let operations = self.operations.into_iter().enumerate();
                operations.map(|(place, operation)| operation.item(place)).collect()
            }
        }
    };
}

batch!(CustomerBatch of CustomerOperation, CustomerChange: customer::Entity, NewCustomer, CustomerPatch);
batch!(ContactBatch of ContactOperation, ContactChange: contact::Entity, NewContact, ContactPatch);
batch!(InteractionBatch of InteractionOperation, InteractionChange: interaction::Entity, NewInteraction, InteractionPatch);
batch!(ConsentBatch of ConsentOperation, ConsentChange: consent::Entity, NewConsent, ConsentPatch);
batch!(ContactPointBatch of ContactPointOperation, ContactPointChange: contact_point::Entity, NewContactPoint, ContactPointPatch);
batch!(TaskBatch of TaskOperation, TaskChange: task::Entity, NewTask, TaskPatch);
batch!(ProductBatch of ProductOperation, ProductChange: product::Entity, NewProduct, ProductPatch);
batch!(PriceBookEntryBatch of PriceBookEntryOperation, PriceBookEntryChange: price_book_entry::Entity, NewPriceBookEntry, PriceBookEntryPatch);
batch!(OrderBatch of OrderOperation, OrderChange: order::Entity, NewOrder, OrderPatch);
batch!(OpportunityBatch of OpportunityOperation, OpportunityChange: opportunity::Entity, NewOpportunity, OpportunityPatch);
batch!(LeadBatch of LeadOperation, LeadChange: lead::Entity, NewLead, LeadPatch);
batch!(ServiceRequestBatch of ServiceRequestOperation, ServiceRequestChange: service_request::Entity, NewServiceRequest, ServiceRequestPatch);
batch!(RecordBatch of RecordOperation: AnyWrite);

/// A customer who is to be moved to another lifecycle stage.
#[derive(Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CustomerMove {
    /// The customer's id.
    pub id: Uuid,
    /// Only if this is still the customer's version.
    #[serde(default)]
    #[schema(minimum = 1)]
    pub version: Option<i32>,
    /// The stage.
    pub stage_id: lifecycle_stage::Id,
    /// Why; needed for a move back.
    #[serde(default)]
    pub reason: Option<Text>,
}

impl Operation for CustomerMove {
    type Work = Move;

    fn read(self) -> (String, Move) {
        let Self { id, version, stage_id, reason } = self;
        let to = MoveCustomer { stage_id, reason };
        (String::new(), Move { customer: id.into(), expected: version.into(), to })
    }
}

batch!(CustomerMoveBatch of CustomerMove: Move);

/// Something to be done to a record of some kind.
#[derive(Deserialize, ToSchema, OneofObject)]
#[serde(rename_all = "camelCase")]
pub enum RecordOperation {
    /// To a customer.
    Customer(CustomerOperation),
    /// To a contact.
    Contact(ContactOperation),
    /// To an interaction.
    Interaction(InteractionOperation),
    /// To a consent.
    Consent(ConsentOperation),
    /// To a contact point.
    ContactPoint(ContactPointOperation),
    /// To a task.
    Task(TaskOperation),
    /// To a product.
    Product(ProductOperation),
    /// To an order.
    Order(OrderOperation),
    /// To an opportunity.
    Opportunity(OpportunityOperation),
    /// To a lead.
    Lead(LeadOperation),
    /// To a service request.
    ServiceRequest(ServiceRequestOperation),
}

impl Operation for RecordOperation {
    type Work = AnyWrite;

    fn read(self) -> (String, AnyWrite) {
        let (kind, (members, write)) = match self {
            Self::Customer(it) => ("customer", any(it, AnyWrite::Customer)),
            Self::Contact(it) => ("contact", any(it, AnyWrite::Contact)),
            Self::Interaction(it) => ("interaction", any(it, AnyWrite::Interaction)),
            Self::Consent(it) => ("consent", any(it, AnyWrite::Consent)),
            Self::ContactPoint(it) => ("contactPoint", any(it, AnyWrite::ContactPoint)),
            Self::Task(it) => ("task", any(it, AnyWrite::Task)),
            Self::Product(it) => ("product", any(it, AnyWrite::Product)),
            Self::Order(it) => ("order", any(it, AnyWrite::Order)),
            Self::Opportunity(it) => ("opportunity", any(it, AnyWrite::Opportunity)),
            Self::Lead(it) => ("lead", any(it, AnyWrite::Lead)),
            Self::ServiceRequest(it) => ("serviceRequest", any(it, AnyWrite::ServiceRequest)),
        };
        (format!("/{kind}{members}"), write)
    }
}

fn any<O: Operation>(operation: O, kind: fn(O::Work) -> AnyWrite) -> (String, AnyWrite) {
    let (members, write) = operation.read();
    (members, kind(write))
}

impl<R> From<Result<Done<R>>> for Outcome<u16, R> {
    /// The status is the one that the operation would answer with by itself.
    fn from(outcome: Result<Done<R>>) -> Self {
        match outcome {
            Ok(Done { verb, record }) => {
                let status = match verb {
                    Verb::Create => 201,
                    Verb::Delete => 204,
                    Verb::Read | Verb::Update => 200,
                };
                Self { status, record, problem: None }
            }
            Err(err) => {
                let problem = Problem::from(&err);
                Self { status: problem.status(), record: None, problem: Some(problem) }
            }
        }
    }
}
