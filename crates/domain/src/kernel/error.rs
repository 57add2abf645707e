use rapport_entity::Invalid;
use sea_orm::{DbErr, RuntimeErr, SqlErr};
use serde::Serialize;
use serde_json::Value as Json;

use super::custom::UNIQUES;

/// The outcome of a use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case failed. `Display` is what the caller may read, `code` is what a program may;
/// what only we may read is the source of [`Error::Internal`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nobody, or nobody we know, is asking.
    #[error("sign in first")]
    Unauthenticated,
    /// The e-mail address or the password is wrong; which, we do not say.
    #[error("workspace, e-mail address or password is wrong")]
    WrongCredentials,
    /// The caller's role does not give leave.
    #[error("your role may not {verb} this {resource}")]
    Forbidden {
        /// What was asked for.
        verb: &'static str,
        /// Of what.
        resource: &'static str,
    },
    /// There is no such record, or none that the caller may know of.
    #[error("no such {0}")]
    NotFound(&'static str),
    /// The request cannot be read.
    #[error("{0}")]
    Malformed(String),
    /// The request can be read, but members of it are wrong: all of them are named.
    #[error("{}", summary(.0))]
    Invalid(Vec<Fault>),
    /// The request is well-formed, but it does not fit what is there, such as a reference to a record that is not.
    #[error("{}", summary(.0))]
    Conflict(Vec<Fault>),
    /// The record is in a state in which this must not be done.
    #[error("{0}")]
    Refused(String),
    /// Another record already has what must be unique.
    #[error("{0}")]
    Duplicate(String),
    /// The record is no longer what the caller thinks it is.
    #[error("the record has changed since: its version is {0}")]
    Stale(i32),
    /// What the caller goes on from is no longer kept.
    #[error("{0}")]
    Gone(String),
    /// The same request is under way.
    #[error("a request with this Idempotency-Key is under way; try again")]
    UnderWay,
    /// What was sent is larger than is taken, in bytes.
    #[error("the body is larger than the {0} bytes that are taken")]
    TooLarge(u64),
    /// Too many requests, or too many tries to get in.
    #[error("too many requests; wait {0} seconds")]
    Throttled(u64),
    /// The database cannot be reached, is busy or is full.
    #[error("the database is not available; try again")]
    Unavailable(#[source] anyhow::Error),
    /// A fault of ours.
    #[error("internal error")]
    Internal(#[source] anyhow::Error),
}

/// A member of a request that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// Where it is: a JSON pointer (RFC 6901) into the body, or the name of a parameter.
    pub pointer: String,
    /// What is wrong, in words.
    pub detail: String,
    /// What the caller wants and what is there, where they cannot both be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Box<Values>>,
}

/// Two values of a member that cannot both be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Values {
    /// What the caller wants.
    pub yours: Json,
    /// What is there.
    pub theirs: Json,
}

impl Fault {
    /// A fault at a place.
    pub fn new(pointer: impl Into<String>, detail: impl ToString) -> Self {
        Self { pointer: pointer.into(), detail: detail.to_string(), values: None }
    }
}

/// Every fault of a request, collected before any is told.
#[derive(Debug, Default)]
pub struct Faults {
    invalid: Vec<Fault>,
    conflicts: Vec<Fault>,
}

impl Faults {
    /// A member that is wrong in itself.
    pub fn invalid(&mut self, pointer: impl Into<String>, detail: impl ToString) {
        self.invalid.push(Fault::new(pointer, detail));
    }

    /// A member that does not fit what is there.
    pub fn conflict(&mut self, pointer: impl Into<String>, detail: impl ToString) {
        self.conflicts.push(Fault::new(pointer, detail));
    }

    /// All that a failed part of a request says, where the part is at `place`. What says nothing of members is told of
    /// the part.
    pub fn under(&mut self, place: &str, err: Error) {
        match err.under(place) {
            Error::Invalid(faults) => self.invalid.extend(faults),
            Error::Conflict(faults) => self.conflicts.extend(faults),
            Error::Malformed(detail) => self.invalid(place, detail),
            other => self.conflict(place, other),
        }
    }

    /// Goes on where there is no fault.
    ///
    /// # Errors
    /// [`Error::Invalid`] where a member is wrong in itself (conflicts are then named too), else [`Error::Conflict`].
    pub fn check(&mut self) -> Result<()> {
        let mut invalid = std::mem::take(&mut self.invalid);
        let conflicts = std::mem::take(&mut self.conflicts);
        match (invalid.is_empty(), conflicts.is_empty()) {
            (true, true) => Ok(()),
            (true, false) => Err(Error::Conflict(conflicts)),
            (false, _) => {
                invalid.extend(conflicts);
                Err(Error::Invalid(invalid))
            }
        }
    }
}

fn summary(faults: &[Fault]) -> String {
    match faults {
        [fault] => format!("{}: {}", fault.pointer, fault.detail),
        faults => format!("{} members are wrong", faults.len()),
    }
}

impl Error {
    /// The stable name of the error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::WrongCredentials => "wrong_credentials",
            Self::Forbidden { .. } => "forbidden",
            Self::NotFound(_) => "not_found",
            Self::Malformed(_) => "malformed",
            Self::Invalid(_) => "invalid",
            Self::Conflict(_) => "conflict",
            Self::Refused(_) => "refused",
            Self::Duplicate(_) => "duplicate",
            Self::Stale(_) => "stale",
            Self::Gone(_) => "gone",
            Self::UnderWay => "under_way",
            Self::TooLarge(_) => "payload_too_large",
            Self::Throttled(_) => "throttled",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// One wrong member.
    pub fn invalid(pointer: impl Into<String>, detail: impl ToString) -> Self {
        Self::Invalid(vec![Fault::new(pointer, detail)])
    }

    /// One member that does not fit what is there.
    pub fn conflict(pointer: &str, detail: impl ToString) -> Self {
        Self::Conflict(vec![Fault::new(pointer, detail.to_string())])
    }

    /// A fault of ours, in our words.
    pub fn internal(why: impl ToString) -> Self {
        Self::Internal(anyhow::anyhow!(why.to_string()))
    }

    /// The wrong members, where the error names any.
    pub fn faults(&self) -> &[Fault] {
        match self {
            Self::Invalid(faults) | Self::Conflict(faults) => faults,
            _ => &[],
        }
    }

    /// The same of a part of a request that is at `place`: the members that are wrong are named from the whole.
    #[must_use]
    pub fn under(self, place: &str) -> Self {
        let moved = |faults: Vec<Fault>| {
            let moved =
                |fault: Fault| Fault { pointer: format!("{place}{}", fault.pointer), ..fault };
            faults.into_iter().map(moved).collect()
        };
        match self {
            Self::Invalid(faults) => Self::Invalid(moved(faults)),
            Self::Conflict(faults) => Self::Conflict(moved(faults)),
            other => other,
        }
    }

    /// An invalid value at a place.
    pub fn at(pointer: &'static str) -> impl FnOnce(Invalid) -> Self {
        move |invalid| Self::invalid(pointer, invalid)
    }
}

impl From<DbErr> for Error {
    fn from(err: DbErr) -> Self {
        match err.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(what)) => Self::Duplicate(duplicate(&what)),
            Some(SqlErr::ForeignKeyConstraintViolation(_)) => {
                Self::Conflict(vec![Fault::new("", "names a record that does not exist")])
            }
            _ if unreachable(&err) => Self::Unavailable(err.into()),
            _ => Self::Internal(err.into()),
        }
    }
}

/// What must be unique, by the name of the constraint (PostgreSQL) or its columns (SQLite).
fn duplicate(what: &str) -> String {
    let taken = |words: [&str; 2]| words.iter().any(|word| what.contains(word));
    let ends =
        |slot: &&str| what.contains(&format!("_{slot}\"")) || what.contains(&format!(".{slot}"));
    if let Some(slot) = UNIQUES.iter().find(|slot| ends(slot)) {
        // Which field it is, is known with whoever writes.
        return (*slot).to_owned();
    }
    if taken(["user_email", "user.email_key"]) {
        "a user with this e-mail address already exists"
    } else if taken(["product_sku", "product.sku"]) {
        "a product with this sku already exists"
    } else if taken(["consent_purpose", "consent.purpose"]) {
        "the customer has a consent for this purpose and channel already"
    } else if taken(["contact_point_value", "contact_point.value"]) {
        "the customer has this contact point already"
    } else if taken(["product_cost_day", "product_cost.valid_from"]) {
        "the product has a cost in this currency from this day on already"
    } else if taken(["price_book_entry_tier", "price_book_entry.minimum_quantity"]) {
        "the price book has a price for so many of this product already"
    } else if taken(["_external", ".external_id"]) {
        "a record with this external id already exists"
    } else if taken(["workspace_slug", "workspace.slug"]) {
        "a workspace with this slug already exists"
    } else if taken(["lifecycle_stage_key", "lifecycle_stage.key"]) {
        "a lifecycle stage with this key already exists"
    } else if taken(["lifecycle_stage_kind", "lifecycle_stage.kind"]) {
        "there is a lifecycle stage of this kind already, and one is all there can be"
    } else if taken(["lifecycle_stage_initial", "lifecycle_stage.is_initial"]) {
        "another lifecycle stage is where new customers begin"
    } else if taken(["asset_serial", "asset.serial_number"]) {
        "an asset of this product with this serial number already exists"
    } else if taken(["service_status_key", "service_status.key"]) {
        "a service status with this key already exists"
    } else if taken(["request_message_mail", "request_message.message_id"]) {
        "this e-mail is here already"
    } else if taken(["pipeline_key", "pipeline.key"]) {
        "a pipeline with this key already exists"
    } else if taken(["pipeline_stage_key", "pipeline_stage.key"]) {
        "the pipeline has a stage with this key already"
    } else if taken(["pipeline_stage_name", "pipeline_stage.sort_name"]) {
        "the pipeline has a stage with this name already"
    } else if taken(["pipeline_default", "pipeline.is_default"]) {
        "another pipeline is the one for opportunities that name none"
    } else if taken(["business_calendar_default", "business_calendar.is_default"]) {
        "another business calendar is the usual one"
    } else if taken(["exchange_rate_day", "exchange_rate.valid_from"]) {
        "there is a rate of this currency for the day already"
    } else if taken(["forecast_adjustment_subject", "forecast_adjustment.subject"]) {
        "the same figure is being adjusted by somebody else"
    } else if taken(["target_subject", "target.subject"]) {
        "there is a target of this measure for the same subject and period already"
    } else if taken(["winback_open", "winback.loss_id"]) {
        "an attempt to win this customer back is under way already"
    } else if taken(["_name", ".name"]) || what.contains(".sort_name") {
        "a record with this name already exists"
    } else {
        "a record with this id already exists"
    }
    .to_owned()
}

/// Whether the database, not the statement, is at fault.
fn unreachable(err: &DbErr) -> bool {
    let runtime = match err {
        DbErr::ConnectionAcquire(_) => return true,
        DbErr::Conn(runtime) | DbErr::Exec(runtime) | DbErr::Query(runtime) => runtime,
        _ => return false,
    };
    match runtime {
        RuntimeErr::SqlxError(err) => sqlx_unreachable(err),
        RuntimeErr::Internal(_) => false,
    }
}

fn sqlx_unreachable(err: &sqlx::Error) -> bool {
    match err {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed
        | sqlx::Error::Protocol(_) => true,
        // PostgreSQL: connection (08), resources (53), operator intervention (57), system (58), timeouts (55, 40; 25P03
        // and 25P04: a transaction has waited too long for us, so we or the database stood still).
        // SQLite: busy 5, locked 6, read-only 8, I/O 10, full 13, cannot open 14, and their extended codes.
        sqlx::Error::Database(db) => db.code().is_some_and(|code| {
            ["08", "53", "57", "58", "40", "55", "25P03", "25P04"]
                .iter()
                .any(|c| code.len() == 5 && code.starts_with(c))
                || code
                    .parse::<i32>()
                    .is_ok_and(|n| code.len() < 5 && [5, 6, 8, 10, 13, 14].contains(&(n & 0xff)))
        }),
        _ => false,
    }
}
