use sea_orm::{
    ActiveModelBehavior, ActiveModelTrait, DbErr, EntityTrait, FromQueryResult, IdenStatic,
    IntoActiveModel, PrimaryKeyTrait, QueryResult,
};
use serde::Serialize;

use crate::{Custom, Id, customers::customer};

/// Every resource that leave is given for.
pub const RESOURCES: [&str; 77] = [
    "workspace",
    "user",
    "team",
    "role",
    "session",
    "api_key",
    "customer",
    "contact",
    "interaction",
    "consent",
    "contact_point",
    "custom_field",
    "product",
    "product_cost",
    "price_book",
    "price_book_entry",
    "order",
    "delivery",
    "payment",
    "lead",
    "lead_scoring_rule",
    "lead_assignment_rule",
    "lead_form",
    "pool",
    "claim",
    "ownership_transfer",
    "pipeline",
    "pipeline_stage",
    "opportunity",
    "quote",
    "close_reason",
    "exchange_rate",
    "service_request",
    "request_message",
    "attachment",
    "canned_answer",
    "mailbox",
    "service_status",
    "queue",
    "service_agent",
    "service_routing_rule",
    "service_escalation_rule",
    "business_calendar",
    "service_policy",
    "approval_rule",
    "approval",
    "target",
    "forecast_adjustment",
    "site",
    "asset",
    "agreement",
    "entitlement",
    "service_plan",
    "complaint_cause",
    "complaint",
    "promise",
    "survey",
    "survey_response",
    "segment",
    "score",
    "lifecycle_stage",
    "backward_move",
    "loss_reason",
    "loss",
    "winback_programme",
    "winback",
    "play",
    "play_run",
    "task",
    "notification",
    "event",
    "audit",
    "webhook_endpoint",
    "webhook_delivery",
    "import",
    "mapping",
    "export",
];

/// A table whose rows belong to one workspace: the only tables that an access can touch.
pub trait Scoped: EntityTrait<Model: Clone + Send + Sync> {
    /// The workspace a row belongs to. It leads every key and every index.
    const WORKSPACE: Self::Column;
}

/// A kind of record that people work with: it has an id, a version and a life, it may have an owner,
/// leave to it is given by the policy, and every change of it is an event.
pub trait Resource:
    Scoped
    + EntityTrait<
        PrimaryKey: PrimaryKeyTrait<ValueType = Id<Self>>,
        Model: IntoActiveModel<Self::ActiveModel> + Clone + Send + Sync,
        ActiveModel: ActiveModelTrait<Entity = Self> + ActiveModelBehavior + Send,
    >
{
    /// Names the resource in permissions and events, e.g. `customer`.
    const NAME: &'static str;
    /// The primary key.
    const ID: Self::Column;
    /// Counts the changes of a row: 1 when it is created. It is the record's entity tag.
    const VERSION: Self::Column;
    /// When the row was created.
    const CREATED_AT: Self::Column;
    /// When the row was last changed.
    const UPDATED_AT: Self::Column;
    /// When the row was deleted; null while it is not.
    const DELETED_AT: Self::Column;
    /// Who owns a row, which decides what `own` and `team` mean in a permission.
    const OWNER: Owner<Self>;

    /// What clients and events see of a row.
    type Wire: From<Self::Model> + Serialize + Send;

    /// The id of a row.
    fn id(row: &Self::Model) -> Id<Self>;

    /// The version of a row.
    fn version(row: &Self::Model) -> i32;

    /// Whether a row is deleted.
    fn is_deleted(row: &Self::Model) -> bool;

    /// A row, as a query for all of its columns gives it.
    ///
    /// # Errors
    /// Where what the database gives is not what the model holds.
    fn read(row: &QueryResult) -> Result<Self::Model, DbErr> {
        Self::Model::from_query_result(row, "")
    }

    /// Sets the columns that follow from others, such as the words that are searched.
    fn derive(_row: &mut Self::Model) {}

    /// The customer that a row is about, so that an event finds its way to the customer's timeline.
    fn customer(_row: &Self::Model) -> Option<customer::Id> {
        None
    }

    /// Values of an enumerated column, so that a filter can refuse others. Empty: any value.
    fn choices(_column: &Self::Column) -> Vec<String> {
        Vec::new()
    }

    /// Whether a whole number counts thousandths of what clients see: a quantity, or a percentage.
    fn thousandths(_column: &Self::Column) -> bool {
        false
    }

    /// The column to sort by, where it is not the column itself (names sort folded).
    fn sort_column(column: Self::Column) -> Self::Column {
        column
    }

    /// Of a date, the column with its day of the year (month × 100 + day), where anniversaries are looked up by one.
    fn day_of_year(_column: &Self::Column) -> Option<Self::Column> {
        None
    }

    /// Whether an index finds the rows of a workspace in the order of this date or time.
    fn indexed(column: &Self::Column) -> bool {
        column.as_str() == Self::CREATED_AT.as_str()
    }

    /// The column with the words that full-text search looks through.
    const SEARCH: Option<Self::Column> = None;

    /// The columns with the record's custom fields and tags, where it has any.
    const EXTENSION: Option<Extension<Self>> = None;

    /// What is in a row by reason of custom fields, where it has any.
    fn extended(_row: &mut Self::Model) -> Option<Extended<'_>> {
        None
    }

    /// The values of custom fields in a row, where it has any.
    fn custom(_row: &Self::Model) -> Option<&Custom> {
        None
    }

    /// Columns that clients neither see nor filter by.
    fn hidden(_column: &Self::Column) -> bool {
        false
    }
}

/// What clients see of a record, as far as it is the same for all.
pub trait Versioned {
    /// The record's id.
    fn id(&self) -> uuid::Uuid;
    /// The record's version.
    fn version(&self) -> i32;
    /// What is in the record's entity tag: its version, and after a `-` what changes without one.
    fn tag(&self) -> String {
        self.version().to_string()
    }
}

/// The columns of records that have custom fields and tags.
#[derive(Clone, Copy, Debug)]
pub struct Extension<E: EntityTrait> {
    /// The custom fields, as clients see them.
    pub custom: E::Column,
    /// What is compared of them.
    pub comparable: E::Column,
    /// The tags.
    pub tags: E::Column,
}

/// What is in a row by reason of custom fields.
#[derive(Debug)]
pub struct Extended<'r> {
    /// The custom fields, as clients see them.
    pub custom: &'r mut Custom,
    /// What is compared of them.
    pub comparable: &'r mut Custom,
    /// The words that full-text search looks through, where there is one.
    pub search_text: Option<&'r mut String>,
}

/// How to find the owner of a row.
#[derive(Clone, Copy, Debug)]
pub enum Owner<E: EntityTrait> {
    /// Rows have no owner: `own` and `team` reach none of them.
    Nobody,
    /// This column names the user.
    Column(E::Column),
    /// The row is a user, who owns themselves.
    Oneself,
    /// The owner of the customer that this column names.
    OfCustomer(E::Column),
    /// The owner of the service request that this column names.
    OfRequest(E::Column),
    /// The user that the first column names, or the team that the second one does: `own` reaches the user's, `team` those
    /// of the team's users and of the team itself.
    UserOrTeam(E::Column, E::Column),
}

/// The columns with custom fields and tags, as [`Resource`] wants them.
#[macro_export]
#[doc(hidden)]
macro_rules! extensible {
    ($($search_text:ident)?) => {
        fn extended(row: &mut Model) -> Option<$crate::Extended<'_>> {
            let search_text = None$(.or(Some(&mut row.$search_text)))?;
            let (custom, comparable) = (&mut row.custom, &mut row.comparable);
            Some($crate::Extended { custom, comparable, search_text })
        }

        fn custom(row: &Model) -> Option<&$crate::Custom> {
            Some(&row.custom)
        }

        const EXTENSION: Option<$crate::Extension<Self>> = Some($crate::Extension {
            custom: Column::Custom,
            comparable: Column::Comparable,
            tags: Column::Tags,
        });
    };
}

/// The columns that every resource has, in the order of [`Resource`]'s constants.
#[macro_export]
#[doc(hidden)]
macro_rules! resource {
    ($name:literal, owner: $owner:expr, wire: $wire:ty $(, tag: $tag:expr)? $(, { $($more:tt)* })?) => {
        impl $crate::Scoped for Entity {
            const WORKSPACE: Column = Column::WorkspaceId;
        }

        impl $crate::Versioned for $wire {
            fn id(&self) -> uuid::Uuid {
                self.id.uuid()
            }

            fn version(&self) -> i32 {
                self.version
            }

            $(fn tag(&self) -> String {
                let tag: fn(&$wire) -> String = $tag;
                tag(self)
            })?
        }

        impl $crate::Resource for Entity {
            const NAME: &'static str = $name;
            const ID: Column = Column::Id;
            const VERSION: Column = Column::Version;
            const CREATED_AT: Column = Column::CreatedAt;
            const UPDATED_AT: Column = Column::UpdatedAt;
            const DELETED_AT: Column = Column::DeletedAt;
            const OWNER: $crate::Owner<Self> = $owner;
            type Wire = $wire;

            fn id(row: &Model) -> Id {
                row.id
            }

            fn version(row: &Model) -> i32 {
                row.version
            }

            fn is_deleted(row: &Model) -> bool {
                row.deleted_at.is_some()
            }

            $($($more)*)?
        }
    };
}
