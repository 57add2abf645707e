//! How much a caller may ask, and how they are told (draft-ietf-httpapi-ratelimit-headers).

use std::fmt::Write;

use actix_web::{
    HttpMessage, HttpRequest,
    dev::ServiceResponse,
    http::{
        Method,
        header::{HeaderName, HeaderValue},
    },
};
use rapport_domain::{
    Actor, Error,
    kernel::limits::{Budget, Limits, Standing, Turn},
};

/// The header with what may be asked.
pub const POLICY: HeaderName = HeaderName::from_static("ratelimit-policy");
/// The header with what is left of it.
pub const LEFT: HeaderName = HeaderName::from_static("ratelimit");

/// Lets requests through as far as budgets go.
pub struct Limiter {
    limits: Limits,
    policies: [Option<HeaderValue>; 4],
}

/// What the answer is to tell.
struct Told {
    policy: Option<HeaderValue>,
    left: Option<HeaderValue>,
}

/// A request that has not had its turn yet.
struct InLine(Limits, Actor);

impl Limiter {
    /// One with these limits.
    pub fn new(limits: Limits) -> Self {
        let policies = Budget::ALL.map(|budget| policy(&limits, budget));
        Self { limits, policies }
    }

    /// Draws on a budget of who asks and on their workspace's. The answer then tells what is left.
    ///
    /// # Errors
    /// [`Error::Throttled`] where one of them is spent.
    pub async fn admit(
        &self,
        req: &HttpRequest,
        actor: &Actor,
        budget: Budget,
        tokens: u32,
    ) -> Result<(), Error> {
        let standing = self.limits.draw(actor, budget, tokens).await;
        let policy = self.policies[budget as usize].clone();
        let left = policy.as_ref().and_then(|_| left(budget, &standing));
        let mut extensions = req.extensions_mut();
        extensions.insert(Told { policy, left });
        // What takes long by its nature keeps nobody waiting.
        if budget != Budget::Bulk {
            extensions.insert(InLine(self.limits.clone(), actor.clone()));
        }
        refusal(&standing)
    }

    /// The same for what comes over a connection that stays open, where nothing tells what is left.
    ///
    /// # Errors
    /// [`Error::Throttled`] where one of them is spent.
    pub async fn admit_untold(
        &self,
        actor: &Actor,
        budget: Budget,
        tokens: u32,
    ) -> Result<(), Error> {
        refusal(&self.limits.draw(actor, budget, tokens).await)
    }

    /// Waits until the workspace has not too much under way; what is done is under way as long as this is kept.
    pub async fn turn(&self, actor: &Actor) -> Option<Turn> {
        self.limits.turn(actor).await
    }
}

/// Waits until the workspace of a request that was let through has not too many others under way. It is then under way
/// itself until it is answered.
pub async fn take_turn(req: &HttpRequest) {
    let in_line = req.extensions_mut().remove::<InLine>();
    if let Some(InLine(limits, actor)) = in_line
        && let Some(turn) = limits.turn(&actor).await
    {
        req.extensions_mut().insert(turn);
    }
}

/// What waits for something to happen is not worked on meanwhile.
pub fn leave_turn(req: &HttpRequest) {
    req.extensions_mut().remove::<Turn>();
}

fn refusal(standing: &Standing) -> Result<(), Error> {
    standing.wait().map_or(Ok(()), |seconds| Err(Error::Throttled(seconds)))
}

/// Adds to an answer what is left, where somebody was let through or turned away.
pub fn tell(response: &mut ServiceResponse<impl actix_web::body::MessageBody>) {
    let told = response.request().extensions_mut().remove::<Told>();
    let Some(Told { policy, left }) = told else { return };
    let headers = response.headers_mut();
    for (name, value) in [(POLICY, policy), (LEFT, left)] {
        if let Some(value) = value {
            headers.insert(name, value);
        }
    }
}

/// What a request draws on, by its method and path.
pub fn budget_of(req: &HttpRequest) -> Budget {
    budget(req.method(), req.path())
}

/// Operations about very many records end so.
const BULK: [&str; 3] = ["/batch", "/imports", "/exports"];

/// What is asked for in a body is only asked for.
const QUESTIONS: [&str; 3] = ["/search", "/preview", "/simulate"];

fn budget(method: &Method, path: &str) -> Budget {
    let ends = |with: &[&str]| with.iter().any(|end| path.ends_with(end));
    match *method {
        Method::GET | Method::HEAD => Budget::Reads,
        Method::POST if ends(&QUESTIONS) => Budget::Reads,
        Method::POST if ends(&BULK) => Budget::Bulk,
        _ => Budget::Writes,
    }
}

/// `"reads";q=600;w=60, "workspace-reads";q=2400;w=60`: so many in so many seconds.
fn policy(limits: &Limits, budget: Budget) -> Option<HeaderValue> {
    let name = budget.name();
    let [caller, workspace] = limits.settings().quotas(budget);
    let items = [
        caller.map(|quota| format!("\"{name}\";q={quota};w=60")),
        workspace.map(|quota| format!("\"workspace-{name}\";q={quota};w=60")),
    ];
    let items: Vec<String> = items.into_iter().flatten().collect();
    (!items.is_empty()).then(|| HeaderValue::from_str(&items.join(", ")).ok())?
}

/// `"reads";r=599;t=1, "workspace-reads";r=2399;t=1`: so many are left, and in so many seconds there are all again.
fn left(budget: Budget, standing: &Standing) -> Option<HeaderValue> {
    let mut text = String::with_capacity(80);
    let name = budget.name();
    // Writing to a string does not fail.
    if let Some(left) = standing.caller {
        let _ = write!(text, "\"{name}\";r={};t={}", left.tokens, left.full_in);
    }
    if let Some(left) = standing.workspace {
        let comma = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{comma}\"workspace-{name}\";r={};t={}", left.tokens, left.full_in);
    }
    HeaderValue::try_from(text).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_drawn_on_follows_from_method_and_path() {
        for (method, path, on) in [
            (Method::GET, "/api/v1/customers", Budget::Reads),
            (Method::HEAD, "/api/v1/imports", Budget::Reads),
            (Method::POST, "/api/v1/customers/search", Budget::Reads),
            (Method::POST, "/api/v1/segments/preview", Budget::Reads),
            (Method::POST, "/api/v1/customers", Budget::Writes),
            (Method::DELETE, "/api/v1/customers/7", Budget::Writes),
            (Method::PATCH, "/api/v1/customers/search", Budget::Writes),
            (Method::POST, "/api/v1/customers/batch", Budget::Bulk),
            (Method::POST, "/api/v1/exports", Budget::Bulk),
        ] {
            assert_eq!(budget(&method, path), on, "{method} {path}");
        }
    }
}
