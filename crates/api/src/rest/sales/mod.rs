mod orders;
mod products;

use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(to: &mut ServiceConfig) {
    products::routes(to);
    orders::routes(to);
}
