use async_graphql::{Context, Object, Result, Union};
use rapport_domain::{Error, kernel::Described, records};
use rapport_entity::{
    Id,
    customers::{consent, contact, contact_point, customer, interaction},
    sales::{lead, opportunity, order, product},
    service::{agreement, asset, entitlement, service_request, site},
    work::task,
};
use uuid::Uuid;

use super::{
    customers::{Consent, Contact, ContactPoint, Customer, Interaction},
    rows::ContextExt,
    sales::{Lead, Opportunity, Order, Product},
    service::{Agreement, Asset, Entitlement, ServiceRequest, Site},
    work::Task,
};

/// A record of any kind.
#[derive(Union)]
pub enum Node {
    /// A customer.
    Customer(Box<Customer>),
    /// A contact.
    Contact(Box<Contact>),
    /// An interaction.
    Interaction(Box<Interaction>),
    /// A consent.
    Consent(Box<Consent>),
    /// A contact point.
    ContactPoint(Box<ContactPoint>),
    /// A task.
    Task(Box<Task>),
    /// A product.
    Product(Box<Product>),
    /// A lead.
    Lead(Box<Lead>),
    /// An opportunity.
    Opportunity(Box<Opportunity>),
    /// An order.
    Order(Box<Order>),
    /// A site.
    Site(Box<Site>),
    /// An asset.
    Asset(Box<Asset>),
    /// An agreement.
    Agreement(Box<Agreement>),
    /// An entitlement.
    Entitlement(Box<Entitlement>),
    /// A service request.
    ServiceRequest(Box<ServiceRequest>),
}

#[derive(Default)]
pub struct NodeQuery;

#[Object]
impl NodeQuery {
    /// The record with this id, whatever its kind. (Ids are unique over all kinds, so they say no more than that.)
    async fn node(&self, ctx: &Context<'_>, id: Id<customer::Entity>) -> Result<Option<Node>> {
        let id = id.uuid();
        if let Some(row) = found::<customer::Entity>(ctx, id).await? {
            return Ok(Some(Node::Customer(Box::new(row.into()))));
        }
        if let Some(row) = found::<contact::Entity>(ctx, id).await? {
            return Ok(Some(Node::Contact(Box::new(row.into()))));
        }
        if let Some(row) = found::<order::Entity>(ctx, id).await? {
            return Ok(Some(Node::Order(Box::new(row.into()))));
        }
        if let Some(row) = found::<interaction::Entity>(ctx, id).await? {
            return Ok(Some(Node::Interaction(Box::new(row.into()))));
        }
        if let Some(row) = found::<consent::Entity>(ctx, id).await? {
            return Ok(Some(Node::Consent(Box::new(row.into()))));
        }
        if let Some(row) = found::<contact_point::Entity>(ctx, id).await? {
            return Ok(Some(Node::ContactPoint(Box::new(row.into()))));
        }
        if let Some(row) = found::<task::Entity>(ctx, id).await? {
            return Ok(Some(Node::Task(Box::new(row.into()))));
        }
        if let Some(row) = found::<lead::Entity>(ctx, id).await? {
            return Ok(Some(Node::Lead(Box::new(row.into()))));
        }
        if let Some(row) = found::<opportunity::Entity>(ctx, id).await? {
            return Ok(Some(Node::Opportunity(Box::new(row.into()))));
        }
        if let Some(row) = found::<site::Entity>(ctx, id).await? {
            return Ok(Some(Node::Site(Box::new(row.into()))));
        }
        if let Some(row) = found::<asset::Entity>(ctx, id).await? {
            return Ok(Some(Node::Asset(Box::new(row.into()))));
        }
        if let Some(row) = found::<agreement::Entity>(ctx, id).await? {
            return Ok(Some(Node::Agreement(Box::new(row.into()))));
        }
        if let Some(row) = found::<entitlement::Entity>(ctx, id).await? {
            return Ok(Some(Node::Entitlement(Box::new(row.into()))));
        }
        if let Some(row) = found::<service_request::Entity>(ctx, id).await? {
            return Ok(Some(Node::ServiceRequest(Box::new(row.into()))));
        }
        let product = found::<product::Entity>(ctx, id).await?;
        Ok(product.map(|row| Node::Product(Box::new(row.into()))))
    }
}

/// What the caller may not read is not there.
async fn found<E: Described>(ctx: &Context<'_>, id: Uuid) -> Result<Option<E::Model>> {
    match records::get::<E>(ctx.me()?, Id::from(id)).await {
        Ok(row) => Ok(Some(row)),
        Err(Error::NotFound(_) | Error::Forbidden { .. }) => Ok(None),
        Err(err) => Err(err.into()),
    }
}
