mod contacts;
mod customers;

use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(to: &mut ServiceConfig) {
    customers::routes(to);
    contacts::routes(to);
}
