use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::Serialize;
use utoipa::ToSchema;

use super::{queue, service_request};
use crate::{
    Count, DayCount, Name, Owner, Text,
    identity::{user, workspace},
    rule::Rule,
    values::{choice, fold},
};

/// The id of a survey.
pub type Id = crate::Id<Entity>;

/// A question that customers are asked once a service request of theirs is closed.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "survey")]
#[serde(rename_all = "camelCase")]
#[schema(as = Survey)]
#[graphql(name = "SurveyRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the survey is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// What is measured. It stays.
    pub kind: Kind,
    /// The question, as customers read it.
    pub question: Text,
    /// Where it stands among the others: of those that hold of a request, the one with the lowest is asked.
    pub position: Count,
    /// Whether it is asked.
    pub active: bool,
    /// What must hold of a service request; it is asked of all where null.
    #[graphql(skip)]
    pub condition: Option<Rule>,
    /// So many minutes after the request was closed it is asked.
    pub delay_minutes: Count,
    /// For so many days it can be answered.
    pub valid_days: DayCount,
    /// Nobody is asked anything who was asked something so many days ago or less; 0 where that does not matter.
    pub rest_days: Count,
    /// A score up to this one opens a service request that follows the one it is about; none does where null.
    pub follow_up_to: Option<i32>,
    /// What that request is.
    pub follow_up_kind: service_request::Kind,
    /// Who has it; whoever had the first where null.
    pub follow_up_owner_id: Option<user::Id>,
    /// The queue that it waits in; that of the first where null.
    pub follow_up_queue_id: Option<queue::Id>,
    /// Counts the changes of the record: 1 when created. It is the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When the record was created.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
    /// When the record was deleted; null while it is not.
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

choice! {
    /// What a survey measures.
    #[schema(as = SurveyKind)]
    #[graphql(name = "SurveyKind")]
    pub enum Kind {
        /// How content somebody is (CSAT): 1 (not at all) to 5 (very); 4 and 5 are good, 1 and 2 are bad.
        Csat,
        /// How likely somebody is to recommend us (NPS, Reichheld 2003): 0 to 10; 9 and 10 are good (promoters), 0 to 6 are bad
        /// (detractors).
        Nps,
        /// How far somebody agrees that we made it easy (CES 2.0, CEB 2013): 1 to 7; 5 to 7 are good, 1 to 3 are bad.
        Ces,
    }
}

choice! {
    /// What a score says.
    #[schema(as = SurveyRating)]
    #[graphql(name = "SurveyRating")]
    pub enum Rating {
        /// They are content.
        Good,
        /// Neither nor.
        Neutral,
        /// They are not.
        Bad,
    }
}

impl Kind {
    /// The lowest and the highest score.
    pub fn scale(self) -> std::ops::RangeInclusive<i32> {
        match self {
            Self::Csat => 1..=5,
            Self::Nps => 0..=10,
            Self::Ces => 1..=7,
        }
    }

    /// What a score says.
    pub fn rating(self, score: i32) -> Rating {
        let (good, bad) = match self {
            Self::Csat => (4, 2),
            Self::Nps => (9, 6),
            Self::Ces => (5, 3),
        };
        match score {
            _ if score >= good => Rating::Good,
            _ if score <= bad => Rating::Bad,
            _ => Rating::Neutral,
        }
    }
}

crate::resource!("survey", owner: Owner::Nobody, wire: Model, {
    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Kind => Kind::values(),
            Column::FollowUpKind => service_request::Kind::values(),
            _ => Vec::new(),
        }
    }

    fn sort_column(column: Column) -> Column {
        match column {
            Column::Name => Column::SortName,
            other => other,
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::SortName | Column::Condition)
    }
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_rated_as_their_kind_has_it() {
        let rated = |kind: Kind| -> String {
            let letter = |score| match kind.rating(score) {
                Rating::Good => 'g',
                Rating::Neutral => 'n',
                Rating::Bad => 'b',
            };
            kind.scale().map(letter).collect()
        };
        assert_eq!(
            [Kind::Csat, Kind::Nps, Kind::Ces].map(rated),
            ["bbngg", "bbbbbbbnngg", "bbbnggg"]
        );
    }
}
