use async_graphql::{Enum, InputObject};
use rapport_domain::{
    Error, Result,
    integration::{
        idempotency::{self, Key},
        writes::{AnyWrite, Applied, Offline, Write, Written},
    },
    kernel::Expected,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use uuid::Uuid;

use super::Outcome;
use crate::{faults::faults, problem::Problem};

/// So many writes may come at once.
pub const MOST: usize = 500;

/// Writes that a device did offline, in order.
#[derive(Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UploadWrites {
    /// The writes, in the order in which they were done.
    #[schema(min_items = 1, max_items = 500)]
    pub writes: Vec<OfflineWrite>,
}

/// A write that a device did offline.
#[derive(Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct OfflineWrite {
    /// Names the write, such as a UUID: however often it comes, it is done once.
    #[schema(min_length = 1, max_length = 255, pattern = "^[!-~]+$")]
    pub key: String,
    /// What kind of record it is about.
    #[serde(rename = "type")]
    #[graphql(name = "type")]
    pub kind: WrittenKind,
    /// What is done to it.
    pub action: WriteAction,
    /// The record's id; of a new one, which the device has given it.
    pub id: Uuid,
    /// The version that a change is made from: members that somebody else has changed since conflict. Of a deletion, the
    /// version that it must still have.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(minimum = 1)]
    pub base_version: Option<i32>,
    /// The members, as the record's own operation takes them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub data: Option<async_graphql::Json<Map<String, Value>>>,
}

/// What kinds of record can be written offline.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum WrittenKind {
    /// A customer.
    Customer,
    /// A contact.
    Contact,
    /// An interaction.
    Interaction,
    /// A consent.
    Consent,
    /// A contact point.
    ContactPoint,
    /// A task.
    Task,
    /// A product.
    Product,
    /// An order.
    Order,
    /// An opportunity.
    Opportunity,
    /// A lead.
    Lead,
    /// A service request.
    ServiceRequest,
}

/// What can be done to a record offline.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum WriteAction {
    /// It is made.
    Create,
    /// It is changed: what is left out stays, null clears.
    Update,
    /// It is deleted, so that it can be restored.
    Delete,
}

impl UploadWrites {
    /// The writes. What is wrong with one's own members is told of that one alone.
    ///
    /// # Errors
    /// [`Error::Invalid`] where there are none or too many, or a key is none.
    pub fn read(self) -> Result<Vec<Offline>> {
        if !(1..=MOST).contains(&self.writes.len()) {
            return Err(Error::invalid("/writes", format!("must have 1 to {MOST} writes")));
        }
        self.writes.into_iter().enumerate().map(|(place, write)| write.read(place)).collect()
    }
}

impl OfflineWrite {
    fn read(self, place: usize) -> Result<Offline> {
        let at = |member: &str| format!("/writes/{place}/{member}");
        let key: Key = self.key.parse().map_err(|err: Error| Error::invalid(at("key"), err))?;
        if self.base_version.is_some_and(|base| base < 1) {
            return Err(Error::invalid(at("baseVersion"), "must be at least 1"));
        }
        let whole = serde_json::to_vec(&self).map_err(|err| Error::Internal(err.into()))?;
        let hash = idempotency::hash([&b"offline write"[..], &whole]);
        Ok(Offline { key, hash, write: self.parsed() })
    }

    fn parsed(self) -> Result<AnyWrite> {
        Ok(match self.kind {
            WrittenKind::Customer => AnyWrite::Customer(self.write()?),
            WrittenKind::Contact => AnyWrite::Contact(self.write()?),
            WrittenKind::Interaction => AnyWrite::Interaction(self.write()?),
            WrittenKind::Consent => AnyWrite::Consent(self.write()?),
            WrittenKind::ContactPoint => AnyWrite::ContactPoint(self.write()?),
            WrittenKind::Task => AnyWrite::Task(self.write()?),
            WrittenKind::Product => AnyWrite::Product(self.write()?),
            WrittenKind::Order => AnyWrite::Order(self.write()?),
            WrittenKind::Opportunity => AnyWrite::Opportunity(self.write()?),
            WrittenKind::Lead => AnyWrite::Lead(self.write()?),
            WrittenKind::ServiceRequest => AnyWrite::ServiceRequest(self.write()?),
        })
    }

    fn write<E: Written>(self) -> Result<Write<E>>
    where
        E::New: DeserializeOwned + ToSchema,
        E::Patch: DeserializeOwned + ToSchema,
    {
        let mut data = self.data.map(|data| data.0).unwrap_or_default();
        Ok(match self.action {
            WriteAction::Create => {
                data.insert("id".to_owned(), Value::from(self.id.to_string()));
                Write::Create(parse(data)?)
            }
            WriteAction::Update => {
                let expected = Expected::of(None, self.base_version);
                Write::Update(self.id.into(), expected, parse(data)?)
            }
            WriteAction::Delete => Write::Delete(self.id.into(), self.base_version.into()),
        })
    }
}

/// Every member that is wrong is named.
fn parse<T: DeserializeOwned + ToSchema>(data: Map<String, Value>) -> Result<T> {
    let data = Value::Object(data);
    let wrong = || Error::Invalid(faults::<T>(data.to_string().as_bytes()));
    T::deserialize(&data).map_err(|_| wrong())
}

/// What became of a write.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, ToSchema, Enum)]
#[serde(rename_all = "snake_case")]
pub enum WriteStatus {
    /// It is done.
    Applied,
    /// It is done, and what others have changed of the record since stays.
    Merged,
    /// It is not done, because others have changed the same members since: the problem has both values.
    Conflict,
    /// It is not done: the problem says why.
    Refused,
}

impl From<Result<Applied>> for Outcome<WriteStatus, Value> {
    fn from(outcome: Result<Applied>) -> Self {
        match outcome {
            Ok(Applied { merged, record }) => {
                let status = if merged { WriteStatus::Merged } else { WriteStatus::Applied };
                Self { status, record, problem: None }
            }
            Err(err) => {
                Self { status: failed(&err), record: None, problem: Some(Problem::from(&err)) }
            }
        }
    }
}

fn failed(err: &Error) -> WriteStatus {
    match err {
        Error::Stale(_) => WriteStatus::Conflict,
        Error::Conflict(faults) if faults.iter().any(|fault| fault.values.is_some()) => {
            WriteStatus::Conflict
        }
        _ => WriteStatus::Refused,
    }
}
