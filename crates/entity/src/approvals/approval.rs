use async_graphql::SimpleObject;
use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::approval_rule::{self, Approver, OnDeadline, Subject};
use crate::{
    Moment, Name, Owner, Span, Text,
    customers::customer,
    identity::{user, workspace},
    sales::{opportunity, quote},
    values::choice,
};

/// The id of an approval.
pub type Id = crate::Id<Entity>;

/// That somebody asked others to agree to something, and what they said.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize, ToSchema, SimpleObject)]
#[sea_orm(table_name = "approval")]
#[serde(rename_all = "camelCase")]
#[schema(as = Approval)]
#[graphql(name = "ApprovalRow")]
pub struct Model {
    /// The record's id (UUIDv7).
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Id,
    #[serde(skip)]
    #[graphql(skip)]
    #[doc(hidden)]
    pub workspace_id: workspace::Id,
    /// What kind of record it is about.
    pub subject: Subject,
    /// The opportunity it is about, where it is one.
    pub opportunity_id: Option<opportunity::Id>,
    /// The quote it is about, where it is one.
    pub quote_id: Option<quote::Id>,
    /// What the record was called when approval was asked for.
    pub title: Name,
    /// The customer whom it concerns.
    pub customer_id: Option<customer::Id>,
    /// The user who asked.
    pub requested_by: Option<user::Id>,
    /// Why it should be approved, in their words.
    pub reason: Option<Text>,
    /// The rules that held of the record.
    #[graphql(skip)]
    #[schema(value_type = Vec<Cause>, max_items = 100)]
    pub causes: Causes,
    /// Who must agree, one after the other, and what they said.
    #[graphql(skip)]
    #[schema(value_type = Vec<Stage>, max_items = 100)]
    pub steps: Course,
    /// Where it stands.
    pub status: Status,
    /// Until when whoever's turn it is should decide.
    pub due_at: Option<Moment>,
    /// When it was decided, or came to nothing; null while it is pending.
    pub decided_at: Option<Moment>,
    /// Counts the changes of the record: 1 when created. It is the entity tag.
    #[schema(minimum = 1)]
    pub version: i32,
    /// When the record was created.
    pub created_at: DateTime<Utc>,
    /// When the record was last changed.
    pub updated_at: DateTime<Utc>,
    /// Always null: approvals are not deleted.
    pub deleted_at: Option<DateTime<Utc>>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
#[doc(hidden)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

choice! {
    /// Where an approval stands.
    #[schema(as = ApprovalStatus)]
    #[graphql(name = "ApprovalStatus")]
    pub enum Status {
        /// Somebody has still to decide.
        Pending,
        /// All have agreed.
        Approved,
        /// Somebody has not agreed.
        Rejected,
        /// Whoever asked does not ask any more.
        Withdrawn,
        /// The record is another than the one that it was asked for.
        Lapsed,
    }
}

/// A rule that made an approval necessary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApprovalCause)]
#[graphql(name = "ApprovalCause")]
pub struct Cause {
    /// The rule.
    pub rule_id: approval_rule::Id,
    /// What it was called.
    pub name: Name,
}

/// A step of an approval.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApprovalStage)]
#[graphql(complex, name = "ApprovalStage")]
pub struct Stage {
    /// What the step is called.
    pub name: Name,
    /// Who may decide, as the rule says it.
    #[graphql(skip)]
    pub approver: Approver,
    /// How long they have from when their turn comes.
    pub deadline: Option<Span>,
    /// What happens once it has passed.
    pub on_deadline: OnDeadline,
    /// Who may decide too once it has passed, where it is escalated.
    #[graphql(skip)]
    pub escalate_to: Option<Approver>,
    /// Where the step stands.
    pub status: StageStatus,
    /// The users who may decide, from when their turn comes.
    #[schema(max_items = 1000)]
    pub approver_ids: Vec<user::Id>,
    /// When their turn came.
    pub opened_at: Option<Moment>,
    /// Until when they should decide.
    pub due_at: Option<Moment>,
    /// Since when that has passed.
    pub overdue_since: Option<Moment>,
    /// When it was decided.
    pub decided_at: Option<Moment>,
    /// The user who decided; null where the deadline did.
    pub decided_by: Option<user::Id>,
    /// Why, in their words.
    pub reason: Option<Text>,
    /// Who has given it to whom.
    #[schema(max_items = 50)]
    pub delegations: Vec<Delegation>,
}

#[async_graphql::ComplexObject]
impl Stage {
    /// Who may decide, as the rule says it: of the shape of the input `ApprovalApproverInput`.
    async fn approver(&self) -> async_graphql::Json<&Approver> {
        async_graphql::Json(&self.approver)
    }

    /// Who may decide too once the deadline has passed, where it is escalated.
    async fn escalate_to(&self) -> Option<async_graphql::Json<&Approver>> {
        self.escalate_to.as_ref().map(async_graphql::Json)
    }
}

choice! {
    /// Where a step of an approval stands.
    #[schema(as = ApprovalStageStatus)]
    #[graphql(name = "ApprovalStageStatus")]
    pub enum StageStatus {
        /// Others have to decide before.
        Waiting,
        /// Its turn has come.
        Open,
        /// Somebody has agreed.
        Approved,
        /// Somebody has not agreed, or nobody in time.
        Rejected,
    }
}

/// That somebody has let another decide.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
#[schema(as = ApprovalDelegation)]
#[graphql(name = "ApprovalDelegation")]
pub struct Delegation {
    /// The user who has done it.
    pub from_user_id: Option<user::Id>,
    /// The user who may decide since.
    pub to_user_id: user::Id,
    /// When.
    pub at: Moment,
    /// Why, in their words.
    pub reason: Option<Text>,
}

/// What made an approval necessary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Causes(pub Vec<Cause>);

crate::values::list_as_json!(Causes);

/// The steps of an approval, in their order.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Course(pub Vec<Stage>);

crate::values::list_as_json!(Course);

crate::resource!("approval", owner: Owner::Column(Column::RequestedBy), wire: Model, {
    fn customer(row: &Model) -> Option<customer::Id> {
        row.customer_id
    }

    fn choices(column: &Column) -> Vec<String> {
        match column {
            Column::Subject => Subject::values(),
            Column::Status => Status::values(),
            _ => Vec::new(),
        }
    }

    fn hidden(column: &Column) -> bool {
        matches!(column, Column::Causes | Column::Steps)
    }
});
