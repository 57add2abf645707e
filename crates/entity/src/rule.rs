//! The rule tree: one filter language for lists, segments, and later automations, webhooks and reports.
//! Here is only its shape; the domain's kernel checks it against the field catalogue and compiles it to SQL.

use async_graphql::{InputObject, OneofObject};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::{Count, DayShift, Span};

/// A condition on a record. Exactly one member is given.
#[derive(
    Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, OneofObject, FromJsonQueryResult,
)]
#[serde(rename_all = "camelCase")]
pub enum Rule {
    /// Every one of these holds. An empty list holds always.
    #[schema(no_recursion)]
    All(Vec<Rule>),
    /// At least one of these holds. An empty list never holds.
    #[schema(no_recursion)]
    Any(Vec<Rule>),
    /// This does not hold.
    #[schema(no_recursion)]
    Not(Box<Rule>),
    /// A field compares so.
    Compare(Box<Comparison>),
    /// The records at the other end of a relation are so.
    #[schema(no_recursion)]
    Relation(Box<Relation>),
    /// The customer is a member of this segment.
    Segment(Membership),
    /// The record is in this part of a random sample.
    Sample(Sample),
}

/// A member that is there has a value: null is none.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(from: D) -> Result<Option<T>, D::Error> {
    T::deserialize(from).map(Some)
}

fn given_count<'de, D: Deserializer<'de>>(from: D) -> Result<Option<i32>, D::Error> {
    let count = i64::from(Count::deserialize(from)?);
    i32::try_from(count).map(Some).map_err(serde::de::Error::custom)
}

impl Default for Rule {
    fn default() -> Self {
        Self::All(Vec::new())
    }
}

/// A comparison of a field with values. Where several operators are given, all of them hold.
/// A field without a value (null) satisfies only `ne`, `notIn` and `exists: false`.
///
/// Wherever a date or a time is compared, the value may move with time: `{"now": "-P90D"}` is so far from now (ISO 8601);
/// compared with a date, from today in the workspace's time zone.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Comparison {
    /// The field's name, as in the record.
    #[schema(max_length = 100)]
    pub field: String,
    /// Equals.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub eq: Option<Value>,
    /// Does not equal.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub ne: Option<Value>,
    /// Is one of these.
    #[serde(rename = "in", skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[graphql(name = "in")]
    #[schema(max_items = 200)]
    pub one_of: Option<Vec<Value>>,
    /// Is none of these.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(max_items = 200)]
    pub not_in: Option<Vec<Value>>,
    /// Is less (earlier) than.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub lt: Option<Value>,
    /// Is at most.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub lte: Option<Value>,
    /// Is greater (later) than.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub gt: Option<Value>,
    /// Is at least.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub gte: Option<Value>,
    /// Text: contains this, whatever the case of the letters A to Z.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(max_length = 200)]
    pub contains: Option<String>,
    /// Text: starts with this, whatever the case of the letters A to Z.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(max_length = 200)]
    pub starts_with: Option<String>,
    /// Has a value at all (true), or has none (false).
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub exists: Option<bool>,
    /// Dates: the day and month come round within these days. 29 February is kept on the 28th in other years.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub anniversary: Option<Anniversary>,
}

/// Days around today in which the day and month of a date come round, in whatever year. Both ends belong to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Anniversary {
    /// The first day, as seen from today: `-P3D` is three days ago. Today where left out.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub from: Option<DayShift>,
    /// The last day, as seen from today: `P7D` is in a week. Today where left out.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub to: Option<DayShift>,
}

/// A condition on the records at the other end of a relation. With nothing but a name: there is at least one.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[graphql(name = "RelationRule")]
#[schema(as = RelationRule)]
pub struct Relation {
    /// The relation's name, e.g. `orders`.
    #[schema(max_length = 100)]
    pub name: String,
    /// Only the related records of which this holds.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(no_recursion, value_type = Option<Rule>)]
    pub filter: Option<Box<Rule>>,
    /// Only the related records within this time.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub within: Option<Window>,
    /// How many there are.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub count: Option<Bounds>,
    /// The sum of a number or an amount of money; of none it is 0.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub sum: Option<Aggregate>,
    /// The smallest; of none it is no value, and no comparison with it holds.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub min: Option<Aggregate>,
    /// The largest; of none it is no value, and no comparison with it holds.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub max: Option<Aggregate>,
    /// The average of a number or an amount of money; of none it is no value, and no comparison with it holds.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub avg: Option<Aggregate>,
    /// How many different values a field has; of none it is 0.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub distinct: Option<Distinct>,
}

/// A stretch of time: `from` and `to`, or `last`, or `next`. Both ends belong to it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Window {
    /// The date or time field that must lie in it; the relation's own date where left out.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(max_length = 100)]
    pub field: Option<String>,
    /// The first day or moment; `{"now": "-P90D"}` moves with time.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub from: Option<Value>,
    /// The last day or moment; `{"now": "P7D"}` moves with time.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub to: Option<Value>,
    /// From so long ago until now. Of a date: from that day to today, so that what is of 1 March leaves the last 90 days
    /// on 31 May, the 91st day after it.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub last: Option<Span>,
    /// From now until so far ahead.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub next: Option<Span>,
}

/// Bounds on a count. All that are given hold.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Bounds {
    /// Exactly.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given_count")]
    #[schema(minimum = 0, maximum = 2147483647)]
    pub eq: Option<i32>,
    /// Fewer than.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given_count")]
    #[schema(minimum = 0, maximum = 2147483647)]
    pub lt: Option<i32>,
    /// At most.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given_count")]
    #[schema(minimum = 0, maximum = 2147483647)]
    pub lte: Option<i32>,
    /// More than.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given_count")]
    #[schema(minimum = 0, maximum = 2147483647)]
    pub gt: Option<i32>,
    /// At least.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given_count")]
    #[schema(minimum = 0, maximum = 2147483647)]
    pub gte: Option<i32>,
}

/// Bounds on a value made of many records. All that are given hold.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Aggregate {
    /// The field that is summed or compared, e.g. `total`.
    #[schema(max_length = 100)]
    pub field: String,
    /// Exactly.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub eq: Option<Value>,
    /// Less than.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub lt: Option<Value>,
    /// At most.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub lte: Option<Value>,
    /// More than.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub gt: Option<Value>,
    /// At least.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    pub gte: Option<Value>,
}

/// Bounds on how many different values there are. All that are given hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Distinct {
    /// The field whose values are counted, e.g. `productId`.
    #[schema(max_length = 100)]
    pub field: String,
    /// Exactly.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given_count")]
    #[schema(minimum = 0, maximum = 2147483647)]
    pub eq: Option<i32>,
    /// Fewer than.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given_count")]
    #[schema(minimum = 0, maximum = 2147483647)]
    pub lt: Option<i32>,
    /// At most.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given_count")]
    #[schema(minimum = 0, maximum = 2147483647)]
    pub lte: Option<i32>,
    /// More than.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given_count")]
    #[schema(minimum = 0, maximum = 2147483647)]
    pub gt: Option<i32>,
    /// At least.
    #[serde(skip_serializing_if = "Option::is_none", deserialize_with = "given_count")]
    #[schema(minimum = 0, maximum = 2147483647)]
    pub gte: Option<i32>,
}

impl Distinct {
    /// The bounds alone.
    pub fn bounds(&self) -> Bounds {
        Bounds { eq: self.eq, lt: self.lt, lte: self.lte, gt: self.gt, gte: self.gte }
    }
}

/// A part of a random sample that comes out the same whenever it is asked for: each record has a place from 0 to 100, by
/// its id and the seed, and stays there. `{"seed": "spring", "to": 10}` holds out a tenth; another seed shuffles anew.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[graphql(name = "SampleRule")]
#[schema(as = SampleRule)]
pub struct Sample {
    /// Whatever tells this sample from others.
    #[schema(min_length = 1, max_length = 100)]
    pub seed: String,
    /// The first place, in percent, to hundredths; 0 where left out.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(minimum = 0, maximum = 100)]
    pub from: Option<f64>,
    /// The place that ends it, which does not belong to it, in percent, to hundredths; 100 where left out.
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "given")]
    #[schema(minimum = 0, maximum = 100)]
    pub to: Option<f64>,
}

/// Membership in a segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[graphql(name = "MembershipRule")]
#[schema(as = MembershipRule)]
pub struct Membership {
    /// The segment's id.
    pub id: crate::segmentation::segment::Id,
}
