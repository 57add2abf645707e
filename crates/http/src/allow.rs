//! Which methods a path allows.

use std::collections::BTreeMap;

use actix_web::{
    Error,
    body::{BoxBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, header},
    middleware::Next,
    web,
};

use crate::problem::Problem;

/// Which methods each path allows, read off the API's own description, so that the two cannot differ.
pub struct Allowed(Vec<(Template, Vec<String>)>);

/// A path whose parameters, such as `{id}`, stand for any one segment. Every request is held against all paths, and
/// comparing segments is much cheaper than a regular expression for each.
struct Template(Vec<Option<String>>);

impl Template {
    fn new(path: &str) -> Self {
        let fixed = |segment: &str| (!segment.starts_with('{')).then(|| segment.to_owned());
        Self(path.split('/').map(fixed).collect())
    }

    fn is_match(&self, path: &[&str]) -> bool {
        let fits = |(wanted, given): (&Option<String>, &&str)| match wanted {
            Some(fixed) => fixed == given,
            None => !given.is_empty(),
        };
        self.0.len() == path.len() && self.0.iter().zip(path).all(fits)
    }

    fn parameters(&self) -> usize {
        self.0.iter().filter(|segment| segment.is_none()).count()
    }
}

impl Allowed {
    /// The methods of each path of a description, and of the paths that are not in it.
    pub fn new(paths: &BTreeMap<String, Vec<String>>) -> Self {
        let with_more = |methods: &Vec<String>| {
            let mut methods = methods.clone();
            if methods.iter().any(|method| method == "GET") {
                methods.push("HEAD".to_owned());
            }
            methods.push("OPTIONS".to_owned());
            methods.sort();
            methods
        };
        Self(paths.iter().map(|(path, of)| (Template::new(path), with_more(of))).collect())
    }

    /// Of several templates that match one path (`/users/{id}` and `/users/invite`) the most particular counts, as
    /// OpenAPI has it.
    fn methods(&self, path: &str) -> Vec<&str> {
        let path: Vec<&str> = path.split('/').collect();
        let matching = self.0.iter().filter(|(template, _)| template.is_match(&path));
        let most_particular = matching.min_by_key(|(template, _)| template.parameters());
        most_particular.into_iter().flat_map(|(_, of)| of.iter().map(String::as_str)).collect()
    }
}

/// Answers OPTIONS with the methods a path allows, and refuses the others before anything else is looked at.
pub async fn allow(
    mut req: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<BoxBody>, Error> {
    let allowed = req.app_data::<web::Data<Allowed>>().cloned();
    let methods = allowed.as_ref().map(|allowed| allowed.methods(req.path())).unwrap_or_default();
    if methods.is_empty()
        || (methods.contains(&req.method().as_str()) && req.method() != Method::OPTIONS)
    {
        // HEAD is GET without the body, which the server leaves out by itself, as HEAD is what it has read.
        if req.method() == Method::HEAD {
            req.head_mut().method = Method::GET;
        }
        return Ok(next.call(req).await?.map_into_boxed_body());
    }
    let allow = methods.join(", ");
    let mut response = if req.method() == Method::OPTIONS {
        actix_web::HttpResponse::NoContent().finish()
    } else {
        let detail = format!("this path allows {allow}");
        Problem::http(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail).response()
    };
    if let Ok(value) = header::HeaderValue::from_str(&allow) {
        response.headers_mut().insert(header::ALLOW, value);
    }
    Ok(req.into_response(response))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_is_any_one_segment() {
        let paths =
            [("/users/{id}", "GET"), ("/users/invite", "POST"), ("/users/{id}/restore", "POST")];
        let paths = paths.map(|(path, method)| (path.to_owned(), vec![method.to_owned()]));
        let allowed = Allowed::new(&paths.into());
        assert_eq!(allowed.methods("/users/7"), ["GET", "HEAD", "OPTIONS"]);
        assert_eq!(allowed.methods("/users/invite"), ["OPTIONS", "POST"]);
        assert_eq!(allowed.methods("/users/7/restore"), ["OPTIONS", "POST"]);
        for nowhere in ["/users", "/users/", "/users/7/", "/users/7/8", "users/7"] {
            assert!(allowed.methods(nowhere).is_empty(), "{nowhere}");
        }
    }
}
