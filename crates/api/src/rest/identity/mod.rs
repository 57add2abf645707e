mod me;
mod roles;
mod sessions;
mod teams;
mod users;

use utoipa_actix_web::service_config::ServiceConfig;

pub fn routes(to: &mut ServiceConfig) {
    sessions::routes(to);
    me::routes(to);
    users::routes(to);
    teams::routes(to);
    roles::routes(to);
}
