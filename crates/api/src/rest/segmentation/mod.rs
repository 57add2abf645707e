mod segments;

use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(to: &mut ServiceConfig) {
    segments::routes(to);
}
