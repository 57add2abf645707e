//! What is neglected, as conditions on customers and leads: a customer that has been in a segment for some days, an open lead
//! that has not been changed for some; both only since whoever has them got them.

use chrono::{DateTime, TimeDelta, Utc};
use rapport_entity::{
    customers::customer,
    ownership::{
        ownership_change,
        pool::{Kind, Model},
        recycle_warning,
    },
    sales::lead::{self, Status},
    segmentation::{segment, segment_member},
};
use sea_orm::{
    ColumnTrait, Condition,
    sea_query::{Expr, ExprTrait, Query, SelectStatement},
};

use crate::{
    kernel::{Described, FilterScope, Tx, catalogue, compile, not},
    rules::all_seeing,
};

/// What a pool looks for, and when that is.
pub struct Look<'l> {
    pub tx: &'l Tx<'l>,
    pub pool: &'l Model,
    /// After so many days something is returned.
    pub after: i64,
    /// So many days before, its owner is warned; 0 where they are not.
    pub warning: i64,
}

impl<'l> Look<'l> {
    /// What a pool looks for; `None` where nothing is returned to it.
    pub fn of(tx: &'l Tx<'l>, pool: &'l Model) -> Option<Self> {
        let after = pool.recycle_after_days.filter(|_| pool.recycles())?.into();
        let warning = pool.recycle_warning_days.map_or(0, i64::from);
        Some(Self { tx, pool, after, warning })
    }

    /// What is to be returned by now: it is neglected, and its owner has been warned in time.
    pub fn due(&self) -> Option<Condition> {
        let due = self.neglected(self.days_ago(self.after))?;
        Some(match self.warning {
            0 => due,
            days => due.add(self.warned(self.days_ago(days))),
        })
    }

    /// What its owner is to be warned of by now.
    pub fn warnable(&self) -> Option<Condition> {
        let neglected = self.neglected(self.days_ago(self.after - self.warning))?;
        Some(neglected.add(not(self.warned(self.tx.now()))))
    }

    /// So many days ago, as far as the calendar reaches.
    pub fn days_ago(&self, days: i64) -> DateTime<Utc> {
        let then = self.tx.now().checked_sub_signed(TimeDelta::days(days));
        then.unwrap_or(DateTime::<Utc>::MIN_UTC)
    }

    /// What somebody has, would be in the pool if nobody had it, and has been neglected since a time; `None` where the pool's
    /// condition speaks of what is no longer there.
    fn neglected(&self, since: DateTime<Utc>) -> Option<Condition> {
        let (neglected, condition) = match self.pool.kind {
            Kind::Customers => (self.customers(since)?, self.condition::<customer::Entity>()?),
            Kind::Leads => (leads(since), self.condition::<lead::Entity>()?),
        };
        Some(neglected.add(condition))
    }

    fn condition<E: Described>(&self) -> Option<Condition> {
        let Some(rule) = &self.pool.condition else { return Some(Condition::all()) };
        let (of, actor) = (catalogue::<E>(), all_seeing(self.tx.actor()));
        let (backend, now) = (self.tx.backend(), self.tx.now());
        let scope = FilterScope { actor: &actor, backend, now, touched: None };
        compile(rule, of, &of.table, scope, "").ok()
    }

    fn customers(&self, since: DateTime<Utc>) -> Option<Condition> {
        use segment_member::Column::{CustomerId, EnteredAt};
        let id = Expr::col((customer::Entity, customer::Column::Id));
        let members = self
            .members(self.pool.recycle_segment_id?)
            .column((segment_member::Entity, CustomerId))
            .and_where(Expr::col((segment_member::Entity, EnteredAt)).lte(since))
            .take();
        let changed = self.changes().and_where(at().gt(since)).take();
        Some(
            Condition::all()
                .add(customer::Column::OwnerId.is_not_null())
                .add(id.in_subquery(members))
                .add(not(Condition::all().add(Expr::exists(changed)))),
        )
    }

    /// That its owner was warned until a time, and has neglected it since.
    fn warned(&self, until: DateTime<Utc>) -> Condition {
        use recycle_warning::Column::{PoolId, SubjectId, WarnedAt, WorkspaceId};
        let column = |column| Expr::col((recycle_warning::Entity, column));
        let mut warnings = Query::select();
        warnings
            .expr(Expr::val(1))
            .from(recycle_warning::Entity)
            .and_where(column(WorkspaceId).eq(self.tx.actor().workspace))
            .and_where(column(PoolId).eq(self.pool.id))
            .and_where(column(WarnedAt).lte(until));
        match (self.pool.kind, self.pool.recycle_segment_id) {
            (Kind::Leads, _) | (Kind::Customers, None) => warnings
                .and_where(column(SubjectId).equals((lead::Entity, lead::Column::Id)))
                .and_where(column(WarnedAt).gte(lead_touched())),
            (Kind::Customers, Some(segment)) => {
                use segment_member::Column::{CustomerId, EnteredAt};
                let entered = Expr::col((segment_member::Entity, EnteredAt));
                let still = self
                    .members(segment)
                    .expr(Expr::val(1))
                    .and_where(
                        Expr::col((segment_member::Entity, CustomerId))
                            .equals((customer::Entity, customer::Column::Id)),
                    )
                    .and_where(entered.lte(column(WarnedAt)))
                    .take();
                let changed = self.changes().and_where(at().gt(column(WarnedAt))).take();
                warnings
                    .and_where(column(SubjectId).equals((customer::Entity, customer::Column::Id)))
                    .and_where(Expr::exists(still))
                    .cond_where(not(Condition::all().add(Expr::exists(changed))))
            }
        };
        Condition::all().add(Expr::exists(warnings))
    }

    fn members(&self, segment: segment::Id) -> SelectStatement {
        use segment_member::Column::{SegmentId, WorkspaceId};
        let column = |column| Expr::col((segment_member::Entity, column));
        Query::select()
            .from(segment_member::Entity)
            .and_where(column(WorkspaceId).eq(self.tx.actor().workspace))
            .and_where(column(SegmentId).eq(segment))
            .take()
    }

    /// The changes of a customer's owner.
    fn changes(&self) -> SelectStatement {
        use ownership_change::Column::{SubjectId, WorkspaceId};
        let column = |column| Expr::col((ownership_change::Entity, column));
        Query::select()
            .expr(Expr::val(1))
            .from(ownership_change::Entity)
            .and_where(column(WorkspaceId).eq(self.tx.actor().workspace))
            .and_where(column(SubjectId).equals((customer::Entity, customer::Column::Id)))
            .take()
    }
}

fn at() -> Expr {
    Expr::col((ownership_change::Entity, ownership_change::Column::At))
}

fn lead_touched() -> Expr {
    Expr::col((lead::Entity, lead::Column::UpdatedAt))
}

/// Of a lead its owner's coming is a change like any other.
fn leads(since: DateTime<Utc>) -> Condition {
    Condition::all()
        .add(lead::Column::OwnerId.is_not_null())
        .add(lead::Column::Status.is_in([Status::New, Status::Working, Status::Qualified]))
        .add(lead_touched().lte(since))
}
