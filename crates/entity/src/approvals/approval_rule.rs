use async_graphql::{InputObject, OneofObject, SimpleObject};
use chrono::{DateTime, Utc};
use sea_orm::{FromJsonQueryResult, entity::prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    Count, Name, Owner, Span,
    identity::{role, user, workspace},
    rule::Rule,
    values::{choice, fold},
};

/// The id of an approval rule.
pub type Id = crate::Id<Entity>;

/// What needs approval, and whose. Of a record of which several rules hold, the steps of all are gone through, in the order
/// of their positions.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "approval_rule")]
#[serde(rename_all = "camelCase")]
#[schema(as = ApprovalRule)]
#[graphql(name = "ApprovalRuleRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What the rule is called; unique in the workspace, whatever the case of its letters.
    pub name: Name,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub sort_name: String,
    /// Where it stands among the others.
    pub position: Count,
    /// Whether it counts.
    pub active: bool,
    /// What kind of record it is for.
    pub subject: Subject,
    /// What holds of a record that needs the approval.
    #[graphql(skip)]
    pub condition: Rule,
    /// Who must agree, one after the other: 1 to 10.
    #[graphql(skip)]
    #[schema(value_type = Vec<Step>, min_items = 1, max_items = 10)]
    pub steps: Steps,
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
    /// A kind of record that can need approval.
    #[schema(as = ApprovalSubject)]
    #[graphql(name = "ApprovalSubject")]
    pub enum Subject {
        /// An opportunity.
        Opportunity,
        /// A quote: what is not approved is not sent.
        Quote,
    }
}

/// The most steps of one rule.
pub const MOST_STEPS: usize = 10;

/// The steps of a rule, in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Steps(pub Vec<Step>);

crate::values::list_as_json!(Steps);

/// Somebody who must agree.
#[derive(
    Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, InputObject, FromJsonQueryResult,
)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(as = ApprovalStep)]
#[graphql(name = "ApprovalStepInput")]
pub struct Step {
    /// What the step is called.
    pub name: Name,
    /// Who may decide: one of them is enough. Whoever asks for the approval is never among them.
    pub approver: Approver,
    /// How long they have from when their turn comes; as long as they like where null or left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deadline: Option<Span>,
    /// What happens once it has passed; they are reminded where null or left out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub on_deadline: Option<OnDeadline>,
    /// Who may decide too once it has passed, where it is escalated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub escalate_to: Option<Approver>,
}

/// Who may decide. Exactly one member is given.
#[derive(
    Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, OneofObject, FromJsonQueryResult,
)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApprovalApprover)]
#[graphql(name = "ApprovalApproverInput")]
pub enum Approver {
    /// This user.
    User(user::Id),
    /// Everybody who has this role.
    Role(role::Id),
    /// The manager of somebody's team; where that is they themselves or nobody, of the next team above that has one.
    Manager(ManagerOf),
}

choice! {
    /// Whose manager.
    #[schema(as = ApprovalManagerOf)]
    #[graphql(name = "ApprovalManagerOf")]
    pub enum ManagerOf {
        /// Of whoever asks for the approval.
        Requester,
        /// Of whoever has the record; of whoever asks where nobody has it.
        Owner,
    }
}

choice! {
    /// What happens when nobody has decided in time.
    #[derive(Default)]
    #[schema(as = ApprovalOnDeadline)]
    #[graphql(name = "ApprovalOnDeadline")]
    pub enum OnDeadline {
        /// Whoever may decide, and whoever asks, is told.
        #[default]
        Remind,
        /// Others may decide too.
        Escalate,
        /// It is rejected.
        Reject,
    }
}

crate::resource!("approval_rule", owner: Owner::Nobody, wire: Model, {
    fn derive(row: &mut Model) {
        row.sort_name = fold(row.name.as_str());
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Subject => Subject::values(),
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
        matches!(column, Column::SortName | Column::Condition | Column::Steps)
    }
});
