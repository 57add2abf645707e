//! Why somebody is, or is not, in a segment.

use async_graphql::{Json as Opaque, SimpleObject};
use chrono::{DateTime, Utc};
use rapport_entity::{
    customers::customer,
    rule::Rule,
    segmentation::{
        segment::{self, Entity, Kind, Model},
        segment_listing::{self, Listing},
        segment_member,
    },
};
use sea_orm::{
    ActiveEnum, ConnectionTrait,
    sea_query::{Alias, Expr, ExprTrait, Query, SelectStatement},
};
use serde::Serialize;
use serde_json::{Map, Value as Json};
use utoipa::ToSchema;

use super::segments::unreadable;
use crate::{
    kernel::{Ctx, Error, Explanation, FilterScope, Outcome, Read, Result, about, catalogue},
    records,
};

/// Why a customer is, or is not, in a segment.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct SegmentReason {
    /// The segment.
    pub segment_id: segment::Id,
    /// The customer.
    pub customer_id: customer::Id,
    /// Whether the customer is in it.
    pub is_member: bool,
    /// Since when; null for who is not.
    pub entered_at: Option<DateTime<Utc>>,
    /// The list by which that is so whatever the rule says; null where the rule says it. Of a snapshot, `taken`: the
    /// customer satisfied the rule then.
    pub listing: Option<Listing>,
    /// What comes of the rule now, part by part; null for a static segment, which has none.
    pub rule: Option<RuleOutcome>,
    /// The moment that the rule took for now.
    pub at: DateTime<Utc>,
}

/// What comes of a part of a rule.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema, SimpleObject)]
#[serde(rename_all = "camelCase")]
pub struct RuleOutcome {
    /// Where the part is in the rule: a JSON pointer, empty for all of it.
    #[schema(max_length = 1000)]
    pub pointer: String,
    /// What it is: `all`, `any`, `not`, `compare`, `relation`, `segment` or `sample`.
    #[schema(max_length = 20)]
    pub kind: String,
    /// Whether it holds; null where you may not read all of what it is about.
    pub holds: Option<bool>,
    /// The values that it looked at: of a comparison the field, of a relation `count`, `sum`, `min`, `max`, `avg` and
    /// `distinct`, as far as the rule asks for them, of a sample the `place` in hundredths of a percent.
    #[schema(value_type = Object)]
    pub values: Opaque<Map<String, Json>>,
    /// What comes of the parts that it is made of.
    #[schema(no_recursion, max_items = 50)]
    pub parts: Vec<RuleOutcome>,
}

impl From<Outcome> for RuleOutcome {
    fn from(outcome: Outcome) -> Self {
        Self {
            pointer: outcome.at,
            kind: outcome.kind.to_owned(),
            holds: outcome.holds,
            values: Opaque(outcome.values),
            parts: outcome.parts.into_iter().map(Self::from).collect(),
        }
    }
}

/// Why a customer is, or is not, in a segment, by what is known at this moment.
///
/// # Errors
/// [`Error::NotFound`] where there is no such segment or customer.
pub async fn why(ctx: &Ctx, id: segment::Id, customer: customer::Id) -> Result<SegmentReason> {
    let segment = records::get::<Entity>(ctx, id).await?;
    ctx.can::<customer::Entity, Read>()?;
    let at = ctx.database().clock().now();
    let ids = [customer.uuid()];
    let (actor, backend) = (ctx.actor(), ctx.database().backend());
    let scope = FilterScope { actor, backend, now: at, touched: Some(&ids) };
    let of = catalogue::<customer::Entity>();
    let is_known = |rule: &Rule| unreadable(ctx, rule).is_none();
    let explanation = Explanation::new(&segment.rule, of, scope, is_known);
    let mut statement = asked(ctx, &segment, customer)?;
    explanation.select(&mut statement);
    let row = ctx.reader().await?.query_one_raw(backend.build(&statement)).await?;
    let row = row.ok_or(Error::NotFound("customer"))?;
    let entered_at: Option<DateTime<Utc>> = row.try_get("", "entered_at")?;
    let listing: Option<String> = row.try_get("", "listing")?;
    let listing = listing.map(|listing| Listing::try_from_value(&listing)).transpose()?;
    Ok(SegmentReason {
        segment_id: id,
        customer_id: customer,
        is_member: entered_at.is_some(),
        entered_at,
        listing,
        rule: match segment.kind {
            Kind::Static => None,
            _ => Some(explanation.read(&row)?.into()),
        },
        at,
    })
}

/// A statement about the customer, if the actor may see them: since when they are a member, and on which list they stand.
fn asked(ctx: &Ctx, segment: &Model, customer: customer::Id) -> Result<SelectStatement> {
    let of = catalogue::<customer::Entity>();
    let table = Alias::new(&of.table);
    let rows = ctx.actor().rows(of, &table, rapport_entity::identity::role::Verb::Read);
    let rows = rows.ok_or(Error::Forbidden { verb: "read", resource: "customer" })?;
    let one = |query: SelectStatement| Expr::SubQuery(None, Box::new(query.into()));
    let mut asked = about(of, customer.uuid());
    asked
        .cond_where(rows)
        .and_where(Expr::col((table, customer::Column::DeletedAt)).is_null())
        .expr_as(one(entered_at(ctx, segment.id, customer)), Alias::new("entered_at"))
        .expr_as(one(listing(ctx, segment.id, customer)), Alias::new("listing"));
    Ok(asked)
}

fn entered_at(ctx: &Ctx, id: segment::Id, customer: customer::Id) -> SelectStatement {
    use segment_member::Column::{CustomerId, EnteredAt, SegmentId, WorkspaceId};
    Query::select()
        .column(EnteredAt)
        .from(segment_member::Entity)
        .and_where(Expr::col(WorkspaceId).eq(ctx.actor().workspace))
        .and_where(Expr::col(SegmentId).eq(id))
        .and_where(Expr::col(CustomerId).eq(customer))
        .take()
}

/// The list that decides: being kept out before being put in, and either before having been taken.
fn listing(ctx: &Ctx, id: segment::Id, customer: customer::Id) -> SelectStatement {
    use segment_listing::Column::{CustomerId, Listing as On, SegmentId, WorkspaceId};
    let first = [Listing::Excluded, Listing::Included, Listing::Taken];
    let order = first
        .into_iter()
        .enumerate()
        .fold(sea_orm::sea_query::CaseStatement::new(), |order, (n, listing)| {
            order.case(Expr::col(On).eq(listing.to_value()), n as i32)
        });
    Query::select()
        .column(On)
        .from(segment_listing::Entity)
        .and_where(Expr::col(WorkspaceId).eq(ctx.actor().workspace))
        .and_where(Expr::col(SegmentId).eq(id))
        .and_where(Expr::col(CustomerId).eq(customer))
        .order_by_expr(order.into(), sea_orm::Order::Asc)
        .limit(1)
        .take()
}
