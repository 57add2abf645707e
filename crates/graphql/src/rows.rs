use std::{collections::HashMap, sync::Arc, time::Duration};

use async_graphql::{
    Context, Result,
    dataloader::{DataLoader, Loader},
};
use rapport_domain::{
    Ctx, Error,
    approvals::requests,
    customers::{consents, contact_points, contacts, interactions},
    kernel::Described,
    lifecycle::figures::{self, LossFigures, WinbackFigures},
    records,
    sales::{
        bundles,
        leads::leads,
        opportunities::{opportunities, parts},
        orders::{deliveries, lines, orders, payments},
        quotes::{lines as quote_lines, quotes},
    },
    segmentation::scores,
    service::{
        agreements::agreements,
        assets::assets,
        attachments,
        complaints::{complaints, promises},
        entitlements::entitlements,
        requests::{messages, requests as service_requests},
        sites,
        surveys::responses,
    },
    work::tasks,
};
use rapport_entity::{
    Id, Resource,
    approvals::approval,
    customers::{consent, contact, contact_point, customer, interaction},
    lifecycle::{loss_reason, winback_programme},
    sales::{
        bundle_component, delivery, delivery_line, lead, opportunity, opportunity_competitor,
        opportunity_contact, opportunity_line, opportunity_member, order, order_line, payment,
        product, quote, quote_line,
    },
    segmentation::customer_score::CustomerScore,
    service::{
        agreement, asset, attachment, complaint, entitlement, promise, request_message,
        service_request, site, survey_response,
    },
    work::task,
};

/// Loads rows of every kind, in one query per kind, and only those the caller may read.
pub struct Rows(Ctx);

/// The loader of one request: what it has loaded is the caller's alone, and as old as the request.
pub fn loader(me: Ctx) -> DataLoader<Rows> {
    DataLoader::new(Rows(me), tokio::spawn).delay(Duration::ZERO)
}

impl<E: Described + Resource> Loader<Id<E>> for Rows {
    type Value = E::Model;
    type Error = Arc<Error>;

    async fn load(&self, ids: &[Id<E>]) -> Result<HashMap<Id<E>, E::Model>, Arc<Error>> {
        let rows = records::many::<E>(&self.0, ids).await?;
        Ok(rows.into_iter().map(|row| (E::id(&row), row)).collect())
    }
}

/// What a list of customers asks for at once: the latest records of each, at most so many.
macro_rules! latest {
    ($($(#[$doc:meta])+ $Of:ident: $kind:ident, $latest_of:path;)+) => {
        $(
            $(#[$doc])+
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            pub struct $Of(pub customer::Id, pub u64);

            impl Loader<$Of> for Rows {
                type Value = Vec<$kind::Model>;
                type Error = Arc<Error>;

                async fn load(
                    &self,
                    keys: &[$Of],
                ) -> Result<HashMap<$Of, Vec<$kind::Model>>, Arc<Error>> {
                    let mut found: HashMap<$Of, Vec<$kind::Model>> = HashMap::new();
                    for (limit, customers) in by_limit(keys.iter().map(|key| (key.1, key.0))) {
                        for row in $latest_of(&self.0, &customers, limit).await? {
                            if let Some(id) = $kind::Entity::customer(&row) {
                                found.entry($Of(id, limit)).or_default().push(row);
                            }
                        }
                    }
                    Ok(found)
                }
            }
        )+
    };
}

latest! {
    /// The newest contacts of a customer.
    ContactsOf: contact, contacts::latest_of;
    /// The latest interactions with a customer.
    InteractionsOf: interaction, interactions::latest_of;
    /// The latest consents of a customer.
    ConsentsOf: consent, consents::latest_of;
    /// The newest contact points of a customer.
    ContactPointsOf: contact_point, contact_points::latest_of;
    /// The newest tasks about a customer.
    TasksOf: task, tasks::latest_of;
    /// The latest orders of a customer.
    OrdersOf: order, orders::latest_of;
    /// The newest quotes of a customer.
    QuotesOf: quote, quotes::latest_of;
    /// The newest opportunities of a customer.
    OpportunitiesOf: opportunity, opportunities::latest_of;
    /// The newest sites of a customer.
    SitesOf: site, sites::latest_of;
    /// The newest assets of a customer.
    AssetsOf: asset, assets::latest_of;
    /// The newest agreements with a customer.
    AgreementsOf: agreement, agreements::latest_of;
    /// The newest entitlements of a customer.
    EntitlementsOf: entitlement, entitlements::latest_of;
    /// The newest leads that became a customer.
    LeadsOf: lead, leads::latest_of;
    /// The newest service requests of a customer.
    ServiceRequestsOf: service_request, service_requests::latest_of;
    /// What they have said to surveys.
    ResponsesOf: survey_response, responses::latest_of;
}

/// What is at a site, at most so many of each.
macro_rules! at_site {
    ($($(#[$doc:meta])+ $At:ident: $kind:ident, $latest_at:path;)+) => {
        $(
            $(#[$doc])+
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            pub struct $At(pub site::Id, pub u64);

            impl Loader<$At> for Rows {
                type Value = Vec<$kind::Model>;
                type Error = Arc<Error>;

                async fn load(
                    &self,
                    keys: &[$At],
                ) -> Result<HashMap<$At, Vec<$kind::Model>>, Arc<Error>> {
                    let mut found: HashMap<$At, Vec<$kind::Model>> = HashMap::new();
                    for (limit, sites) in by_limit(keys.iter().map(|key| (key.1, key.0))) {
                        for row in $latest_at(&self.0, &sites, limit).await? {
                            if let Some(id) = row.site_id {
                                found.entry($At(id, limit)).or_default().push(row);
                            }
                        }
                    }
                    Ok(found)
                }
            }
        )+
    };
}

at_site! {
    /// The newest assets at a site.
    AssetsAt: asset, assets::latest_at;
    /// The newest service requests at a site.
    RequestsAt: service_request, service_requests::latest_at;
}

/// What belongs to a service request, at most so many of each.
macro_rules! of_request {
    ($($(#[$doc:meta])* $name:ident: $kind:ident, $latest:path;)+) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            pub struct $name(pub service_request::Id, pub u64);

            impl Loader<$name> for Rows {
                type Value = Vec<$kind::Model>;
                type Error = Arc<Error>;

                async fn load(
                    &self,
                    keys: &[$name],
                ) -> Result<HashMap<$name, Vec<$kind::Model>>, Arc<Error>> {
                    let mut found: HashMap<$name, Vec<$kind::Model>> = HashMap::new();
                    for (limit, requests) in by_limit(keys.iter().map(|key| (key.1, key.0))) {
                        for row in $latest(&self.0, &requests, limit).await? {
                            let of: Option<service_request::Id> = row.request_id.into();
                            if let Some(of) = of {
                                found.entry($name(of, limit)).or_default().push(row);
                            }
                        }
                    }
                    Ok(found)
                }
            }
        )+
    };
}

of_request! {
    /// The latest messages.
    MessagesOf: request_message, messages::latest_of;
    /// What was promised, what is due last first.
    PromisesOf: promise, promises::latest_of;
    /// What came of it as a complaint.
    ComplaintOf: complaint, complaints::latest_of;
    /// What the customer said of it.
    ResponsesOfRequest: survey_response, responses::latest_of_requests;
}

/// The files of a message about a service request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct AttachmentsOf(pub request_message::Id);

impl Loader<AttachmentsOf> for Rows {
    type Value = Vec<attachment::Model>;
    type Error = Arc<Error>;

    async fn load(
        &self,
        keys: &[AttachmentsOf],
    ) -> Result<HashMap<AttachmentsOf, Vec<attachment::Model>>, Arc<Error>> {
        let mut found: HashMap<AttachmentsOf, Vec<attachment::Model>> = HashMap::new();
        let messages: Vec<_> = keys.iter().map(|key| key.0).collect();
        let most = attachments::MOST_OF_A_MESSAGE as u64;
        for row in attachments::latest_of(&self.0, &messages, most).await? {
            if let Some(id) = row.message_id {
                found.entry(AttachmentsOf(id)).or_default().push(row);
            }
        }
        Ok(found)
    }
}

/// The scores of a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ScoresOf(pub customer::Id);

impl Loader<ScoresOf> for Rows {
    type Value = Vec<CustomerScore>;
    type Error = Arc<Error>;

    async fn load(
        &self,
        keys: &[ScoresOf],
    ) -> Result<HashMap<ScoresOf, Vec<CustomerScore>>, Arc<Error>> {
        let ids: Vec<customer::Id> = keys.iter().map(|key| key.0).collect();
        let found = scores::of_customers(&self.0, &ids).await?;
        Ok(found.into_iter().map(|(id, scores)| (ScoresOf(id), scores)).collect())
    }
}

/// The lines of an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinesOf(pub order::Id);

impl Loader<LinesOf> for Rows {
    type Value = Vec<order_line::Model>;
    type Error = Arc<Error>;

    async fn load(
        &self,
        keys: &[LinesOf],
    ) -> Result<HashMap<LinesOf, Vec<order_line::Model>>, Arc<Error>> {
        let ids: Vec<order::Id> = keys.iter().map(|key| key.0).collect();
        let lines = lines::lines_of(&self.0, &ids).await?;
        Ok(lines.into_iter().map(|(id, lines)| (LinesOf(id), lines)).collect())
    }
}

/// What belongs to records of some kind.
macro_rules! belongs {
    ($($(#[$doc:meta])+ $Of:ident($parent:ident): $kind:ident, $of:path;)+) => {
        $(
            $(#[$doc])+
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            pub struct $Of(pub $parent::Id);

            impl Loader<$Of> for Rows {
                type Value = Vec<$kind::Model>;
                type Error = Arc<Error>;

                async fn load(
                    &self,
                    keys: &[$Of],
                ) -> Result<HashMap<$Of, Vec<$kind::Model>>, Arc<Error>> {
                    let ids: Vec<$parent::Id> = keys.iter().map(|key| key.0).collect();
                    let found = $of(&self.0, &ids).await?;
                    Ok(found.into_iter().map(|(id, rows)| ($Of(id), rows)).collect())
                }
            }
        )+
    };
}

belongs! {
    /// The lines of an opportunity.
    OpportunityLinesOf(opportunity): opportunity_line, parts::lines_of;
    /// Who has a part in an opportunity on the customer's side.
    OpportunityContactsOf(opportunity): opportunity_contact, parts::contacts_of;
    /// Who works on an opportunity.
    OpportunityTeamOf(opportunity): opportunity_member, parts::team_of;
    /// The approvals that have been asked for of an opportunity.
    ApprovalsOfOpportunity(opportunity): approval, requests::of_opportunities;
    /// The competitors for an opportunity.
    OpportunityCompetitorsOf(opportunity): opportunity_competitor, parts::competitors_of;
    /// The lines of a quote.
    QuoteLinesOf(quote): quote_line, quote_lines::lines_of;
    /// What is in a delivery.
    DeliveryLinesOf(delivery): delivery_line, deliveries::lines_of;
    /// The deliveries and returns of an order.
    DeliveriesOf(order): delivery, deliveries::of_orders;
    /// The payments and refunds of an order.
    PaymentsOf(order): payment, payments::of_orders;
    /// The approvals that have been asked for of a quote.
    ApprovalsOfQuote(quote): approval, requests::of_quotes;
}

/// The components of a bundle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ComponentsOf(pub product::Id);

impl Loader<ComponentsOf> for Rows {
    type Value = Vec<bundle_component::Model>;
    type Error = Arc<Error>;

    async fn load(
        &self,
        keys: &[ComponentsOf],
    ) -> Result<HashMap<ComponentsOf, Vec<bundle_component::Model>>, Arc<Error>> {
        let ids: Vec<product::Id> = keys.iter().map(|key| key.0).collect();
        let components = bundles::components_of(&self.0, &ids).await?;
        Ok(components.into_iter().map(|(id, those)| (ComponentsOf(id), those)).collect())
    }
}

/// How well a programme wins customers back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct WinbackFiguresOf(pub winback_programme::Id);

impl Loader<WinbackFiguresOf> for Rows {
    type Value = WinbackFigures;
    type Error = Arc<Error>;

    async fn load(
        &self,
        keys: &[WinbackFiguresOf],
    ) -> Result<HashMap<WinbackFiguresOf, WinbackFigures>, Arc<Error>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = figures::of_programmes(&self.0, &ids).await?;
        Ok(found.into_iter().map(|(id, figures)| (WinbackFiguresOf(id), figures)).collect())
    }
}

/// How many customers were lost for a reason, and came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LossFiguresOf(pub loss_reason::Id);

impl Loader<LossFiguresOf> for Rows {
    type Value = LossFigures;
    type Error = Arc<Error>;

    async fn load(
        &self,
        keys: &[LossFiguresOf],
    ) -> Result<HashMap<LossFiguresOf, LossFigures>, Arc<Error>> {
        let ids: Vec<_> = keys.iter().map(|key| key.0).collect();
        let found = figures::of_reasons(&self.0, &ids).await?;
        Ok(found.into_iter().map(|(id, figures)| (LossFiguresOf(id), figures)).collect())
    }
}

fn by_limit<T>(keys: impl Iterator<Item = (u64, T)>) -> HashMap<u64, Vec<T>> {
    let mut limits: HashMap<u64, Vec<T>> = HashMap::new();
    for (limit, id) in keys {
        limits.entry(limit).or_default().push(id);
    }
    limits
}

/// What resolvers need of a request.
pub trait ContextExt {
    /// Who is asking; strangers are told to sign in.
    fn me(&self) -> Result<&Ctx>;
    /// A row that another refers to.
    async fn load<E: Described>(&self, id: Option<Id<E>>) -> Result<Option<E::Model>>;
    /// Rows that refer to another.
    async fn load_many<K>(&self, key: K) -> Result<<Rows as Loader<K>>::Value>
    where
        K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
        Rows: Loader<K, Value: Default, Error = Arc<Error>>;
}

impl ContextExt for Context<'_> {
    fn me(&self) -> Result<&Ctx> {
        Ok(self.data_opt().ok_or(Error::Unauthenticated)?)
    }

    async fn load<E: Described>(&self, id: Option<Id<E>>) -> Result<Option<E::Model>> {
        let Some(id) = id else { return Ok(None) };
        Ok(self.data::<DataLoader<Rows>>()?.load_one(id).await?)
    }

    async fn load_many<K>(&self, key: K) -> Result<<Rows as Loader<K>>::Value>
    where
        K: Send + Sync + std::hash::Hash + Eq + Clone + 'static,
        Rows: Loader<K, Value: Default, Error = Arc<Error>>,
    {
        Ok(self.data::<DataLoader<Rows>>()?.load_one(key).await?.unwrap_or_default())
    }
}

/// How many related records one record may be asked for at once.
///
/// # Errors
/// Where it is not 1 to 50.
pub fn few(first: i32) -> Result<u64> {
    match u64::try_from(first) {
        Ok(first @ 1..=50) => Ok(first),
        _ => Err(Error::invalid("/first", "must be from 1 to 50").into()),
    }
}
