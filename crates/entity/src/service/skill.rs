//! What agents can do, and what requests need.

use async_graphql::InputObject;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    LanguageCode, SkillKey,
    values::{SkillLevel, list_as_json},
};

/// Something that an agent can do, or that a service request needs, and how well.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, InputObject)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ServiceSkill)]
#[graphql(name = "ServiceSkillInput")]
pub struct Skill {
    /// What.
    pub skill: SkillKey,
    /// How well, or how well at least; 1 where left out.
    pub level: Option<SkillLevel>,
}

impl Skill {
    /// How well, from 1.
    pub fn level(&self) -> i64 {
        self.level.map_or(1, i64::from)
    }
}

/// The most skills of an agent, or that a request needs.
pub const MOST_SKILLS: usize = 50;

/// What an agent can do, or a request needs: each once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Skills(pub Vec<Skill>);

list_as_json!(Skills);

/// The languages of an agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Languages(pub Vec<LanguageCode>);

list_as_json!(Languages);
