use actix_web::{dev::HttpServiceFactory, web};
use utoipa_actix_web::{OpenApiFactory, service_config};

/// Where operations are made known: to a server that serves them, or to the document that describes them. (utoipa's own
/// would describe them anew for each of the server's threads, which takes more memory than all else that it starts with.)
pub enum Routes<'a, 'b> {
    /// A server.
    Served(&'a mut web::ServiceConfig),
    /// The OpenAPI document.
    Described(&'a mut service_config::ServiceConfig<'b>),
}

impl Routes<'_, '_> {
    /// Makes an operation known.
    pub fn service(
        &mut self,
        operation: impl HttpServiceFactory + OpenApiFactory + 'static,
    ) -> &mut Self {
        match self {
            Self::Served(to) => drop(to.service(operation)),
            Self::Described(to) => drop(to.service(operation)),
        }
        self
    }
}
