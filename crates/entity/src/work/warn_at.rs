use serde::{Deserialize, Serialize};

use crate::Percent;

/// The most warnings of one promise.
pub const MOST_WARNINGS: usize = 8;

/// Whoever has something is warned when so much of its time is used up, from least to most.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct WarnAt(pub Vec<Percent>);

crate::values::list_as_json!(WarnAt);
