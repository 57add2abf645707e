//! Rules evaluated over sets of customers: who is a member and should not be, who should be and is not. What differs
//! is set right, told to the log and counted, without a customer passing through the program on PostgreSQL.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use rapport_entity::{
    log::event::{self, ActorKind},
    rule::Rule,
    segmentation::{segment, segment_member, segment_stay},
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DbBackend, EntityTrait, FromQueryResult, QueryFilter,
    Statement, Value,
    sea_query::{ArrayType, Expr, ExprTrait, SelectStatement},
};
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::{causes::ToldBy, differences::differences};
use crate::{
    following::MANY,
    kernel::{Error, Result, Tx, bulk, is_among},
};

/// A segment and who belongs to it: everybody of whom the rule holds; without a rule, nobody.
#[derive(Clone, Debug)]
pub struct Segment {
    /// The segment.
    pub id: Uuid,
    /// Its version, which events about it carry.
    pub version: i32,
    /// Its rule.
    pub rule: Option<Rule>,
}

/// Why somebody entered or left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cause {
    /// The segment is new, gone or restored, or has another rule.
    Rule,
    /// The customer's data changed, or that of related records.
    Data,
    /// Time has passed.
    Time,
}

impl Cause {
    fn as_str(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Data => "data",
            Self::Time => "time",
        }
    }
}

/// How segments are looked at.
#[derive(Clone, Copy, Debug)]
pub struct Look<'a> {
    /// For these customers only; for everybody where it is none.
    pub touched: Option<&'a [Uuid]>,
    /// The moment that rules take for now.
    pub at: DateTime<Utc>,
    /// Why.
    pub cause: Cause,
    /// The events that tell of it.
    pub told_by: &'a ToldBy,
}

impl Look<'_> {
    /// The event by which a customer has moved in or out of a segment, as far as is known.
    fn because(&self, segment: Uuid, customer: Uuid) -> Option<Uuid> {
        match self.cause {
            Cause::Rule => self.told_by.of(segment),
            Cause::Data => self.told_by.of(customer),
            Cause::Time => None,
        }
    }
}

/// Somebody who entered or left a segment.
#[derive(Clone, Copy, Debug, FromQueryResult)]
pub struct Moved {
    /// The segment.
    pub segment_id: Uuid,
    /// The customer.
    pub customer_id: Uuid,
    /// 1: entered; 0: left.
    entered: i32,
}

/// Evaluates some segments for some customers (everybody where `None`), and makes membership follow. Gives back who
/// moved; where more than [`MANY`] did, that many and one. A segment whose rule fails is left as it is, and says so by
/// having no time of evaluation: it must not keep the others from being looked after.
pub async fn evaluate(
    tx: &Tx<'_>,
    segments: &[Arc<Segment>],
    look: Look<'_>,
) -> Result<Vec<Moved>> {
    match attempt(tx, segments, look).await {
        Err(err) if !is_the_rules(&err) => Err(err),
        Err(err) if segments.len() == 1 => {
            tracing::error!(segment = %segments[0].id, "a segment cannot be evaluated: {err:?}");
            set_evaluated(tx, segments, None).await?;
            Ok(Vec::new())
        }
        Err(_) => {
            let mut moved = Vec::new();
            for segment in segments {
                let one = std::slice::from_ref(segment);
                moved.extend(Box::pin(evaluate(tx, one, look)).await?);
            }
            Ok(moved)
        }
        moved => moved,
    }
}

/// Whether the statement or the rule it was made of is at fault, and not the database.
fn is_the_rules(err: &Error) -> bool {
    matches!(err, Error::Internal(_) | Error::Invalid(_) | Error::Forbidden { .. })
}

/// Records that segments were, or could not be, evaluated over everybody. Nobody changed them, so they keep their
/// version.
pub async fn set_evaluated(
    tx: &Tx<'_>,
    segments: &[Arc<Segment>],
    at: Option<DateTime<Utc>>,
) -> Result<()> {
    segment::Entity::update_many()
        .col_expr(segment::Column::EvaluatedAt, Expr::val(at))
        .filter(segment::Column::WorkspaceId.eq(tx.actor().workspace))
        .filter(segment::Column::Id.is_in(segments.iter().map(|segment| segment.id)))
        .exec(tx.transaction())
        .await?;
    Ok(())
}

/// In a transaction of its own within the other, so that one that fails leaves the other whole.
async fn attempt(tx: &Tx<'_>, segments: &[Arc<Segment>], look: Look<'_>) -> Result<Vec<Moved>> {
    let changed = differences(tx, segments, look)?;
    let apply = async || match tx.backend() {
        DbBackend::Postgres => apply_in_one(tx, &changed, segments, look).await,
        _ => apply_in_parts(tx, &changed, segments, look).await,
    };
    tx.attempt(apply).await
}

/// PostgreSQL: all of it is one statement, and one pass over what changed.
async fn apply_in_one(
    tx: &Tx<'_>,
    changed: &SelectStatement,
    segments: &[Arc<Segment>],
    look: Look<'_>,
) -> Result<Vec<Moved>> {
    let Statement { sql, values, db_backend } = tx.backend().build(changed);
    let mut values: Vec<Value> = values.map(|values| values.0).unwrap_or_default();
    let mut bind = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    let workspace = bind(tx.actor().workspace.into());
    let now = bind(tx.now().into());
    let cause = bind(look.cause.as_str().into());
    let limit = bind((MANY as i64 + 1).into());
    let (told, by) = because(segments, look);
    let (told, by) = (bind(uuids(told)), bind(uuids(by)));
    // What somebody has moved by is a segment's event (its rule), or a customer's (their data).
    let moved_by = if look.cause == Cause::Rule { "segment_id" } else { "customer_id" };
    let sql = format!(
        "with changed as materialized ({sql}), \
         entered as (\
           insert into segment_member (workspace_id, segment_id, customer_id, entered_at) \
           select {workspace}, segment_id, customer_id, {now} from changed where entered = 1), \
         departed as (\
           delete from segment_member m using changed c where c.entered = 0 \
             and m.workspace_id = {workspace} and m.segment_id = c.segment_id \
             and m.customer_id = c.customer_id \
           returning m.segment_id, m.customer_id, m.entered_at), \
         stayed as (\
           insert into segment_stay (workspace_id, segment_id, customer_id, entered_at, left_at) \
           select {workspace}, segment_id, customer_id, entered_at, {now} from departed \
           where entered_at < {now}), \
         told as (\
           insert into event (workspace_id, id, name, subject_id, subject_version, customer_id, \
             actor_kind, at, data) \
           select {workspace}, gen_random_uuid(), \
             case entered when 1 then 'segment.entered' else 'segment.left' end, \
             segment_id, s.version, customer_id, 'system', {now}, \
             case entered when 1 \
             then jsonb_build_object('before', '{{}}'::jsonb, 'after', ids, 'cause', {cause}::text, 'causeEventId', event_id) \
             else jsonb_build_object('before', ids, 'after', '{{}}'::jsonb, 'cause', {cause}::text, 'causeEventId', event_id) end \
           from changed c join segment s on s.workspace_id = {workspace} and s.id = c.segment_id \
           left join unnest({told}::uuid[], {by}::uuid[]) as because (told_of, event_id) on told_of = c.{moved_by} \
           cross join lateral jsonb_build_object('segmentId', segment_id, 'customerId', customer_id) as ids), \
         counted as (\
           update segment s set member_count = member_count + d.more \
           from (select segment_id, sum(2 * entered - 1)::int as more from changed group by segment_id) d \
           where s.workspace_id = {workspace} and s.id = d.segment_id) \
         select segment_id, customer_id, entered from changed limit {limit}"
    );
    let statement = Statement::from_sql_and_values(db_backend, sql, values);
    Ok(Moved::find_by_statement(statement).all(tx.transaction()).await?)
}

/// Each customer or segment that is told of, and the event that tells.
fn because(segments: &[Arc<Segment>], look: Look<'_>) -> (Vec<Uuid>, Vec<Uuid>) {
    let segments: Vec<Uuid> = segments.iter().map(|segment| segment.id).collect();
    match look.cause {
        Cause::Rule => look.told_by.pairs(Some(&segments)),
        Cause::Data => look.told_by.pairs(look.touched),
        Cause::Time => (Vec::new(), Vec::new()),
    }
}

fn uuids(ids: Vec<Uuid>) -> Value {
    let ids = ids.into_iter().map(Value::from).collect();
    Value::Array(ArrayType::Uuid, Some(Box::new(ids)))
}

/// So many rows are written by one statement.
const PART: usize = 2_000;

/// SQLite, which has no statements within statements that write, but is next door.
async fn apply_in_parts(
    tx: &Tx<'_>,
    changed: &SelectStatement,
    segments: &[Arc<Segment>],
    look: Look<'_>,
) -> Result<Vec<Moved>> {
    let statement = tx.backend().build(changed);
    let read = |row| Moved::from_query_result(&row, "");
    let mut moved = tx.transaction().each(statement, read).await?;
    for segment in segments {
        let of: Vec<Moved> =
            moved.iter().filter(|moved| moved.segment_id == segment.id).copied().collect();
        for part in of.chunks(PART) {
            write_part(tx, segment, part, look).await?;
        }
        if !of.is_empty() {
            count(tx, segment, of.iter().map(|moved| 2 * moved.entered - 1).sum()).await?;
        }
    }
    moved.truncate(MANY + 1);
    Ok(moved)
}

async fn write_part(tx: &Tx<'_>, segment: &Segment, part: &[Moved], look: Look<'_>) -> Result<()> {
    let members = tx.rows::<segment_member::Entity>();
    let entered = part.iter().filter(|moved| moved.entered == 1);
    let rows: Vec<_> = entered.map(|moved| membership(tx, moved)).collect();
    members.insert(&rows).await?;
    let left = part.iter().filter(|moved| moved.entered == 0);
    let left: Vec<Uuid> = left.map(|moved| moved.customer_id).collect();
    if !left.is_empty() {
        let customer = Expr::col(segment_member::Column::CustomerId);
        let gone = Condition::all()
            .add(segment_member::Column::SegmentId.eq(segment.id))
            .add(is_among(customer, &left, tx.backend()));
        let former = members.all(segment_member::Entity::find().filter(gone.clone())).await?;
        let stays: Vec<_> = former.into_iter().filter_map(|member| stay(tx, member)).collect();
        tx.rows::<segment_stay::Entity>().insert(&stays).await?;
        members.delete(gone).await?;
    }
    let events: Vec<_> = part.iter().map(|moved| told(tx, segment, moved, look)).collect();
    bulk::insert_events(tx.transaction(), &events).await
}

fn membership(tx: &Tx<'_>, moved: &Moved) -> segment_member::Model {
    segment_member::Model {
        workspace_id: tx.actor().workspace,
        segment_id: moved.segment_id.into(),
        customer_id: moved.customer_id.into(),
        entered_at: tx.now(),
    }
}

/// A stay that ends now, unless it has only just begun.
fn stay(tx: &Tx<'_>, member: segment_member::Model) -> Option<segment_stay::Model> {
    (member.entered_at < tx.now()).then(|| segment_stay::Model {
        workspace_id: member.workspace_id,
        segment_id: member.segment_id,
        customer_id: member.customer_id,
        entered_at: member.entered_at,
        left_at: tx.now(),
    })
}

fn told(tx: &Tx<'_>, segment: &Segment, moved: &Moved, look: Look<'_>) -> event::Model {
    let none = || Json::Object(serde_json::Map::new());
    let ids = json!({ "segmentId": moved.segment_id, "customerId": moved.customer_id });
    let (what, before, after) = match moved.entered {
        1 => ("entered", none(), ids),
        _ => ("left", ids, none()),
    };
    event::Model {
        seq: 0,
        workspace_id: tx.actor().workspace,
        id: Uuid::now_v7(),
        name: format!("segment.{what}"),
        subject_id: segment.id,
        subject_version: segment.version,
        customer_id: Some(moved.customer_id.into()),
        actor_kind: ActorKind::System,
        actor_id: None,
        at: tx.now(),
        data: json!({
            "before": before,
            "after": after,
            "cause": look.cause.as_str(),
            "causeEventId": look.because(segment.id, moved.customer_id),
        }),
    }
}

async fn count(tx: &Tx<'_>, segment: &Segment, more: i32) -> Result<()> {
    use segment::Column::{Id, MemberCount, WorkspaceId};
    segment::Entity::update_many()
        .col_expr(MemberCount, Expr::col(MemberCount).add(more))
        .filter(WorkspaceId.eq(tx.actor().workspace))
        .filter(Id.eq(segment.id))
        .exec(tx.transaction())
        .await?;
    Ok(())
}

/// PostgreSQL: sessions plan statements without looking at what is bound; here looking is worth it. A little more
/// memory than usual keeps the sets that are compared out of files.
pub async fn prepare(tx: &Tx<'_>) -> Result<()> {
    if tx.backend() == DbBackend::Postgres {
        let sql = "set local plan_cache_mode = force_custom_plan; set local work_mem = '64MB'; \
                   set local statement_timeout = 0";
        tx.transaction().execute_unprepared(sql).await?;
    }
    Ok(())
}
