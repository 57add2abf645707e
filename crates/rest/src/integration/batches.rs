use actix_web::{HttpResponse, http::StatusCode, post};
use rapport_domain::{
    Result,
    integration::writes::{self, AnyRecord, Done, Work},
    sales::{orders::orders::OrderWithLines, products::ProductWithComponents},
};
use rapport_entity::{
    customers::{consent, contact, contact_point, customer, interaction},
    sales::{lead::Lead, opportunity::Opportunity, price_book_entry::PriceBookEntry},
    service::service_request,
    work::task,
};
use rapport_http::{
    caller::Caller,
    problem::Problem,
    writes::{
        Batch, ConsentBatch, ContactBatch, ContactPointBatch, CustomerBatch, CustomerMoveBatch,
        InteractionBatch, LeadBatch, OpportunityBatch, OrderBatch, Outcome, PriceBookEntryBatch,
        ProductBatch, RecordBatch, ServiceRequestBatch, TaskBatch,
    },
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{Json, Reply, Routes};

pub fn routes(to: &mut Routes<'_, '_>) {
    to.service(batch_customers)
        .service(batch_contacts)
        .service(batch_interactions)
        .service(batch_consents)
        .service(batch_contact_points)
        .service(batch_tasks)
        .service(batch_products)
        .service(batch_price_book_entries)
        .service(batch_orders)
        .service(batch_opportunities)
        .service(batch_leads)
        .service(batch_service_requests)
        .service(batch_customer_moves)
        .service(batch_records);
}

macro_rules! results {
    ($Results:ident of $Result:ident: $record:ty as $schema:ty) => {
        /// What became of operations.
        #[derive(Serialize, ToSchema)]
        struct $Results {
            /// What became of each, in the order in which they came.
            #[schema(max_items = 1000)]
            results: Vec<$Result>,
        }

        /// What became of an operation.
        #[derive(Serialize, ToSchema)]
        struct $Result {
            /// 201 where it made the record, 200 where it changed it, 204 where it deleted it, else the problem's status.
            #[schema(minimum = 200, maximum = 599)]
            status: u16,
            /// The record as it is since, unless it was deleted.
            #[schema(value_type = Option<$schema>)]
            record: Option<$record>,
            /// Why it was not done. Its pointers lead into the whole request.
            problem: Option<Problem>,
        }

        impl From<Vec<Result<Done<$record>>>> for $Results {
            fn from(outcomes: Vec<Result<Done<$record>>>) -> Self {
                let result = |outcome| {
                    let Outcome { status, record, problem } = Outcome::from(outcome);
                    $Result { status, record, problem }
                };
                Self { results: outcomes.into_iter().map(result).collect() }
            }
        }
    };
}

results!(CustomerBatchResults of CustomerBatchResult: customer::Model as customer::Model);
results!(ContactBatchResults of ContactBatchResult: contact::Model as contact::Model);
results!(InteractionBatchResults of InteractionBatchResult: interaction::Model as interaction::Model);
results!(ConsentBatchResults of ConsentBatchResult: consent::Model as consent::Model);
results!(ContactPointBatchResults of ContactPointBatchResult: contact_point::Model as contact_point::Model);
results!(TaskBatchResults of TaskBatchResult: task::Model as task::Model);
results!(ProductBatchResults of ProductBatchResult: ProductWithComponents as ProductWithComponents);
results!(PriceBookEntryBatchResults of PriceBookEntryBatchResult: PriceBookEntry as PriceBookEntry);
results!(OrderBatchResults of OrderBatchResult: OrderWithLines as OrderWithLines);
results!(OpportunityBatchResults of OpportunityBatchResult: Opportunity as Opportunity);
results!(LeadBatchResults of LeadBatchResult: Lead as Lead);
results!(ServiceRequestBatchResults of ServiceRequestBatchResult: service_request::Model as service_request::Model);
results!(RecordBatchResults of RecordBatchResult: AnyRecord as Object);

/// Up to 1,000 operations on customers, done in order: all or none (`atomic`), or each for itself.
#[utoipa::path(tag = "customers", responses((status = 200, body = CustomerBatchResults), (status = 207, body = CustomerBatchResults), Problem))]
#[post("/customers/batch")]
async fn batch_customers(me: Caller, batch: Json<CustomerBatch>) -> Reply<HttpResponse> {
    done::<_, CustomerBatchResults>(&me, batch.0).await
}

/// Up to 1,000 operations on contacts, done in order: all or none (`atomic`), or each for itself.
#[utoipa::path(tag = "contacts", responses((status = 200, body = ContactBatchResults), (status = 207, body = ContactBatchResults), Problem))]
#[post("/contacts/batch")]
async fn batch_contacts(me: Caller, batch: Json<ContactBatch>) -> Reply<HttpResponse> {
    done::<_, ContactBatchResults>(&me, batch.0).await
}

/// Up to 1,000 operations on interactions, done in order: all or none (`atomic`), or each for itself.
#[utoipa::path(tag = "interactions", responses((status = 200, body = InteractionBatchResults), (status = 207, body = InteractionBatchResults), Problem))]
#[post("/interactions/batch")]
async fn batch_interactions(me: Caller, batch: Json<InteractionBatch>) -> Reply<HttpResponse> {
    done::<_, InteractionBatchResults>(&me, batch.0).await
}

/// Up to 1,000 operations on consents, done in order: all or none (`atomic`), or each for itself.
#[utoipa::path(tag = "consents", responses((status = 200, body = ConsentBatchResults), (status = 207, body = ConsentBatchResults), Problem))]
#[post("/consents/batch")]
async fn batch_consents(me: Caller, batch: Json<ConsentBatch>) -> Reply<HttpResponse> {
    done::<_, ConsentBatchResults>(&me, batch.0).await
}

/// Up to 1,000 operations on contact points, done in order: all or none (`atomic`), or each for itself.
#[utoipa::path(tag = "contact points", responses((status = 200, body = ContactPointBatchResults), (status = 207, body = ContactPointBatchResults), Problem))]
#[post("/contact-points/batch")]
async fn batch_contact_points(me: Caller, batch: Json<ContactPointBatch>) -> Reply<HttpResponse> {
    done::<_, ContactPointBatchResults>(&me, batch.0).await
}

/// Up to 1,000 operations on tasks, done in order: all or none (`atomic`), or each for itself.
#[utoipa::path(tag = "tasks", responses((status = 200, body = TaskBatchResults), (status = 207, body = TaskBatchResults), Problem))]
#[post("/tasks/batch")]
async fn batch_tasks(me: Caller, batch: Json<TaskBatch>) -> Reply<HttpResponse> {
    done::<_, TaskBatchResults>(&me, batch.0).await
}

/// Up to 1,000 operations on products, done in order: all or none (`atomic`), or each for itself.
#[utoipa::path(tag = "products", responses((status = 200, body = ProductBatchResults), (status = 207, body = ProductBatchResults), Problem))]
#[post("/products/batch")]
async fn batch_products(me: Caller, batch: Json<ProductBatch>) -> Reply<HttpResponse> {
    done::<_, ProductBatchResults>(&me, batch.0).await
}

/// Up to 1,000 operations on the prices in price books, done in order: all or none (`atomic`), or each for itself.
#[utoipa::path(tag = "price books", responses((status = 200, body = PriceBookEntryBatchResults), (status = 207, body = PriceBookEntryBatchResults), Problem))]
#[post("/price-book-entries/batch")]
async fn batch_price_book_entries(
    me: Caller,
    batch: Json<PriceBookEntryBatch>,
) -> Reply<HttpResponse> {
    done::<_, PriceBookEntryBatchResults>(&me, batch.0).await
}

/// Up to 1,000 operations on orders, done in order: all or none (`atomic`), or each for itself.
#[utoipa::path(tag = "orders", responses((status = 200, body = OrderBatchResults), (status = 207, body = OrderBatchResults), Problem))]
#[post("/orders/batch")]
async fn batch_orders(me: Caller, batch: Json<OrderBatch>) -> Reply<HttpResponse> {
    done::<_, OrderBatchResults>(&me, batch.0).await
}

/// Up to 1,000 operations on opportunities, done in order: all or none (`atomic`), or each for itself.
#[utoipa::path(tag = "opportunities", responses((status = 200, body = OpportunityBatchResults), (status = 207, body = OpportunityBatchResults), Problem))]
#[post("/opportunities/batch")]
async fn batch_opportunities(me: Caller, batch: Json<OpportunityBatch>) -> Reply<HttpResponse> {
    done::<_, OpportunityBatchResults>(&me, batch.0).await
}

/// Up to 1,000 operations on leads, done in order: all or none (`atomic`), or each for itself.
#[utoipa::path(tag = "leads", responses((status = 200, body = LeadBatchResults), (status = 207, body = LeadBatchResults), Problem))]
#[post("/leads/batch")]
async fn batch_leads(me: Caller, batch: Json<LeadBatch>) -> Reply<HttpResponse> {
    done::<_, LeadBatchResults>(&me, batch.0).await
}

/// Up to 1,000 operations on service requests, done in order: all or none (`atomic`), or each for itself.
#[utoipa::path(tag = "service requests", responses((status = 200, body = ServiceRequestBatchResults), (status = 207, body = ServiceRequestBatchResults), Problem))]
#[post("/service-requests/batch")]
async fn batch_service_requests(
    me: Caller,
    batch: Json<ServiceRequestBatch>,
) -> Reply<HttpResponse> {
    done::<_, ServiceRequestBatchResults>(&me, batch.0).await
}

/// Up to 1,000 moves of customers to other lifecycle stages, done in order: all or none (`atomic`), or each for itself.
#[utoipa::path(tag = "lifecycle stages", responses((status = 200, body = CustomerBatchResults), (status = 207, body = CustomerBatchResults), Problem))]
#[post("/customer-moves/batch")]
async fn batch_customer_moves(me: Caller, batch: Json<CustomerMoveBatch>) -> Reply<HttpResponse> {
    done::<_, CustomerBatchResults>(&me, batch.0).await
}

/// Up to 1,000 operations on records of several kinds, done in order: all or none (`atomic`), or each for itself. So a
/// customer can be made with its contacts and orders.
#[utoipa::path(tag = "batch", responses((status = 200, body = RecordBatchResults), (status = 207, body = RecordBatchResults), Problem))]
#[post("/batch")]
async fn batch_records(me: Caller, batch: Json<RecordBatch>) -> Reply<HttpResponse> {
    done::<_, RecordBatchResults>(&me, batch.0).await
}

/// 200 where all is done, 207 where each is to be looked at.
async fn done<B, R>(me: &Caller, batch: B) -> Reply<HttpResponse>
where
    B: Batch,
    R: Serialize + From<Vec<Result<Done<<B::Work as Work>::Record>>>>,
{
    let outcomes = writes::batch(me, batch.atomic(), batch.items()).await?;
    let status = match outcomes.iter().all(Result::is_ok) {
        true => StatusCode::OK,
        false => StatusCode::MULTI_STATUS,
    };
    Ok(HttpResponse::build(status).json(R::from(outcomes)))
}
