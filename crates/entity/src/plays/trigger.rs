use async_graphql::{InputObject, OneofObject};
use sea_orm::FromJsonQueryResult;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{DayShift, Span, TimeOfDay, lifecycle::lifecycle_stage, segmentation::segment};

/// What a play waits for. Exactly one member is given.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, OneofObject, FromJsonQueryResult,
)]
#[serde(rename_all = "camelCase")]
#[schema(as = PlayTrigger)]
#[graphql(name = "PlayTrigger")]
pub enum Trigger {
    /// A customer enters a segment.
    EnteredSegment(OfSegment),
    /// A customer leaves a segment.
    LeftSegment(OfSegment),
    /// A customer has been in a segment for so long.
    InSegment(LongInSegment),
    /// A customer comes into a lifecycle stage.
    EnteredStage(OfStage),
    /// A customer goes from a lifecycle stage.
    LeftStage(OfStage),
    /// A customer has been in a lifecycle stage for so long.
    InStage(LongInStage),
    /// A day before or after a date in the customer's life.
    Date(OnDate),
}

/// A segment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PlayOfSegment)]
#[graphql(name = "PlayOfSegment")]
pub struct OfSegment {
    /// The segment.
    pub segment_id: segment::Id,
}

/// A segment, and for how long somebody is to have been in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PlayLongInSegment)]
#[graphql(name = "PlayLongInSegment")]
pub struct LongInSegment {
    /// The segment.
    pub segment_id: segment::Id,
    /// For how long, without having left it: `P30D`.
    pub longer_than: Span,
}

/// A lifecycle stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PlayOfStage)]
#[graphql(name = "PlayOfStage")]
pub struct OfStage {
    /// The stage.
    pub stage_id: lifecycle_stage::Id,
}

/// A lifecycle stage, and for how long somebody is to have been in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PlayLongInStage)]
#[graphql(name = "PlayLongInStage")]
pub struct LongInStage {
    /// The stage.
    pub stage_id: lifecycle_stage::Id,
    /// For how long, without having left it: `P90D`.
    pub longer_than: Span,
}

/// A day before or after a date in the customer's life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = PlayOnDate)]
#[graphql(name = "PlayOnDate")]
pub struct OnDate {
    /// The date: `birthday`, or a custom field of customers that holds dates, as `custom.` and its key.
    #[schema(max_length = 100)]
    pub field: String,
    /// So many days before (`-P7D`) or after (`P7D`) the date; on the day itself where left out.
    pub offset: Option<DayShift>,
    /// When on that day, where the customer lives; at 09:00 where left out.
    pub at: Option<TimeOfDay>,
    /// Whether the day comes round every year, as birthdays do (29 February is kept on the 28th in other years); only once
    /// where it is false. Every year where left out.
    pub every_year: Option<bool>,
}

impl Trigger {
    /// The segment that it names.
    pub fn segment(&self) -> Option<segment::Id> {
        match self {
            Self::EnteredSegment(of) | Self::LeftSegment(of) => Some(of.segment_id),
            Self::InSegment(of) => Some(of.segment_id),
            _ => None,
        }
    }

    /// The lifecycle stage that it names.
    pub fn stage(&self) -> Option<lifecycle_stage::Id> {
        match self {
            Self::EnteredStage(of) | Self::LeftStage(of) => Some(of.stage_id),
            Self::InStage(of) => Some(of.stage_id),
            _ => None,
        }
    }

    /// What it is called in JSON.
    pub fn name(&self) -> &'static str {
        match self {
            Self::EnteredSegment(_) => "enteredSegment",
            Self::LeftSegment(_) => "leftSegment",
            Self::InSegment(_) => "inSegment",
            Self::EnteredStage(_) => "enteredStage",
            Self::LeftStage(_) => "leftStage",
            Self::InStage(_) => "inStage",
            Self::Date(_) => "date",
        }
    }
}

impl OnDate {
    /// Whether the day comes round every year.
    pub fn is_every_year(&self) -> bool {
        self.every_year.unwrap_or(true)
    }

    /// How many days after the date; fewer than none before it.
    pub fn days(&self) -> i64 {
        self.offset.as_ref().map_or(0, DayShift::days)
    }
}

/// When customers are left in peace, where each of them lives: from a time of day to another, over midnight where the
/// first is the later one.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject, FromJsonQueryResult,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct QuietHours {
    /// The first minute of quiet.
    pub from: TimeOfDay,
    /// The first minute after it. What would have been due before is due then.
    pub to: TimeOfDay,
}
