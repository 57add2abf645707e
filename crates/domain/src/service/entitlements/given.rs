//! What orders give by the plans that products carry: it follows from what the orders are and what became of them, and is
//! the same however often it is looked at.

use std::collections::{HashMap, HashSet};

use chrono::{Days, Months};
use rapport_entity::{
    Date,
    sales::{
        delivery::{self, Kind as Way, Status as Stand},
        delivery_line, order, order_line, product,
    },
    service::{
        entitlement::{self, ActiveModel, Column, Entity, Model, Status},
        service_plan::{self, Begins},
    },
};
use sea_orm::{ActiveValue::Set, ColumnTrait, EntityTrait, QueryFilter, sea_query::Expr};
use uuid::Uuid;

use crate::{
    kernel::{Create, Error, Expected, Read, Result, Tx, Update, database::is_one_of, day_of},
    records::grouped,
};

/// Why it was called off by itself. It is given again where that does not hold any more.
const CALLED_OFF: &str = "What it came from was cancelled, changed or given back.";

/// A line of an order, and a plan that its product carries.
type Key = (order::Id, i32, service_plan::Id);

/// So many orders are looked at together.
const SOME: usize = 500;

/// Gives what some orders give by now, and calls off what they give no more.
pub(super) async fn follow(
    tx: &Tx<'_>,
    plans: &[service_plan::Model],
    orders: &[order::Id],
) -> Result<()> {
    if plans.is_empty() {
        return Ok(());
    }
    let by_product = grouped(plans.iter().collect(), |plan: &&service_plan::Model| plan.product_id);
    for orders in orders.chunks(SOME) {
        follow_some(tx, &by_product, orders).await?;
    }
    Ok(())
}

type Plans<'p> = HashMap<product::Id, Vec<&'p service_plan::Model>>;

async fn follow_some(tx: &Tx<'_>, plans: &Plans<'_>, orders: &[order::Id]) -> Result<()> {
    let ids: Vec<Uuid> = orders.iter().map(|id| id.uuid()).collect();
    let lines = order_line::Entity::find().filter(is_one_of(
        Expr::col(order_line::Column::OrderId),
        &ids,
        tx.backend(),
    ));
    let mut lines = tx.rows::<order_line::Entity>().all(lines).await?;
    lines.retain(|line| line.product_id.is_some_and(|id| plans.contains_key(&id)));
    let there = given(tx, &ids).await?;
    if lines.is_empty() && there.is_empty() {
        return Ok(());
    }
    let live = tx.entailed::<order::Entity, Read>().live(orders).await?;
    let arrivals = Arrivals::of(tx, &ids).await?;
    let lines = grouped(lines, |line| line.order_id);
    let mut held: HashSet<Key> = HashSet::new();
    let mut new = Vec::new();
    for order in &live {
        for line in lines.get(&order.id).into_iter().flatten() {
            for plan in line.product_id.and_then(|id| plans.get(&id)).into_iter().flatten() {
                if !holds(order, line, &arrivals) {
                    continue;
                }
                let key = (order.id, line.position, plan.id);
                held.insert(key);
                let first = first_day(tx, order, line, plan, &arrivals)?;
                if let Some(first) = first.filter(|_| plan.active && !there.contains_key(&key)) {
                    new.push(entitlement(order, line, plan, first)?);
                }
            }
        }
    }
    let create = tx.entailed::<Entity, Create>();
    let new: Result<Vec<Model>> = new.into_iter().map(|row| create.complete(None, row)).collect();
    create.insert_many(&new?).await?;
    turn(tx, there, &held).await
}

/// What was given by these orders already.
async fn given(tx: &Tx<'_>, orders: &[Uuid]) -> Result<HashMap<Key, Model>> {
    let given = Entity::find()
        .filter(is_one_of(Expr::col(Column::OrderId), orders, tx.backend()))
        .filter(Column::ServicePlanId.is_not_null());
    let rows = tx.rows::<Entity>().all(given).await?;
    let key = |row: &Model| Some((row.order_id?, row.order_line?, row.service_plan_id?));
    Ok(rows.into_iter().filter_map(|row| Some((key(&row)?, row))).collect())
}

/// Calls off what holds no more, and gives back what holds again.
async fn turn(tx: &Tx<'_>, there: HashMap<Key, Model>, held: &HashSet<Key>) -> Result<()> {
    let by_itself = |row: &Model| {
        row.cancel_reason.as_ref().is_some_and(|reason| reason.as_str() == CALLED_OFF)
    };
    let mut turned: Vec<(entitlement::Id, bool)> = there
        .iter()
        .filter_map(|(key, row)| match (row.status, held.contains(key)) {
            (Status::Active, false) => Some((row.id, false)),
            (Status::Cancelled, true) if by_itself(row) => Some((row.id, true)),
            _ => None,
        })
        .collect();
    // In one order, as everybody locks rows.
    turned.sort_unstable_by_key(|(id, _)| id.uuid());
    let entitlements = tx.entailed::<Entity, Update>();
    for (id, holds) in turned {
        let before = match entitlements.lock(id, Expected::Any).await {
            Err(Error::NotFound(_)) => continue,
            locked => locked?,
        };
        let (status, reason, what) = match holds {
            true => (Status::Active, None, "updated"),
            false => {
                let reason = CALLED_OFF.parse().map_err(Error::internal)?;
                (Status::Cancelled, Some(reason), "cancelled")
            }
        };
        let after = Model { status, cancel_reason: reason, ..before.clone() };
        entitlements.save(&before, after, what, &[]).await?;
    }
    Ok(())
}

/// Whether a line of an order gives anything at all: it was placed, and not everything was given back.
fn holds(order: &order::Model, line: &order_line::Model, arrivals: &Arrivals) -> bool {
    let is_placed = matches!(order.status, order::Status::Placed | order::Status::Completed);
    is_placed && !arrivals.is_given_back(line)
}

/// The first day of what a plan gives, once that is known.
fn first_day(
    tx: &Tx<'_>,
    order: &order::Model,
    line: &order_line::Model,
    plan: &service_plan::Model,
    arrivals: &Arrivals,
) -> Result<Option<Date>> {
    let without = order.status == order::Status::Completed && !arrivals.orders.contains(&order.id);
    match (plan.begins, arrivals.first.get(&(line.order_id, line.position))) {
        (Begins::Ordered, _) => Ok(Some(order.ordered_on)),
        (Begins::Delivered, Some(at)) => {
            day_of(*at, tx.actor()).try_into().map(Some).map_err(Error::internal)
        }
        (Begins::Delivered, None) => Ok(Some(order.ordered_on).filter(|_| without)),
    }
}

fn entitlement(
    order: &order::Model,
    line: &order_line::Model,
    plan: &service_plan::Model,
    first: Date,
) -> Result<ActiveModel> {
    let months = u32::try_from(i64::from(plan.months)).map_err(Error::internal)?;
    let last = first.day().checked_add_months(Months::new(months));
    let last = last.and_then(|day| day.checked_sub_days(Days::new(1)));
    Ok(ActiveModel {
        name: Set(plan.name.clone()),
        sort_name: Set(String::new()),
        kind: Set(plan.kind),
        status: Set(Status::Active),
        customer_id: Set(order.customer_id),
        agreement_id: Set(None),
        product_id: Set(line.product_id),
        asset_id: Set(None),
        site_id: Set(None),
        order_id: Set(Some(order.id)),
        order_line: Set(Some(line.position)),
        service_plan_id: Set(Some(plan.id)),
        starts_on: Set(first),
        ends_on: Set(last.and_then(|day| day.try_into().ok())),
        request_limit: Set(plan.request_limit),
        policy_id: Set(plan.policy_id),
        description: Set(plan.description.clone()),
        cancel_reason: Set(None),
        ..Default::default()
    })
}

/// What of orders has arrived, and come back.
#[derive(Default)]
struct Arrivals {
    /// The orders that there are deliveries of.
    orders: HashSet<order::Id>,
    /// When something of a line arrived first.
    first: HashMap<(order::Id, i32), chrono::DateTime<chrono::Utc>>,
    /// How much of it is there, less what came back, in thousandths.
    held: HashMap<(order::Id, i32), i64>,
}

impl Arrivals {
    async fn of(tx: &Tx<'_>, orders: &[Uuid]) -> Result<Self> {
        let of_orders = delivery::Entity::find()
            .filter(is_one_of(Expr::col(delivery::Column::OrderId), orders, tx.backend()))
            .filter(delivery::Column::DeletedAt.is_null());
        let mut deliveries = tx.rows::<delivery::Entity>().all(of_orders).await?;
        deliveries.retain(|delivery| delivery.status != Stand::Cancelled);
        if deliveries.is_empty() {
            return Ok(Self::default());
        }
        let ids: Vec<Uuid> = deliveries.iter().map(|delivery| delivery.id.uuid()).collect();
        let lines = delivery_line::Entity::find().filter(is_one_of(
            Expr::col(delivery_line::Column::DeliveryId),
            &ids,
            tx.backend(),
        ));
        let lines = tx.rows::<delivery_line::Entity>().all(lines).await?;
        let lines = grouped(lines, |line| line.delivery_id);
        let mut arrivals = Self::default();
        for delivery in &deliveries {
            arrivals.orders.insert(delivery.order_id);
            for line in lines.get(&delivery.id).into_iter().flatten() {
                arrivals.add(delivery, line);
            }
        }
        Ok(arrivals)
    }

    fn add(&mut self, delivery: &delivery::Model, line: &delivery_line::Model) {
        if delivery.status != Stand::Delivered {
            return;
        }
        let key = (delivery.order_id, line.line);
        let quantity = line.quantity.thousandths();
        match delivery.kind {
            Way::Delivery => {
                let at = delivery.delivered_at.map_or(delivery.updated_at, |at| at.time());
                let first = self.first.entry(key).or_insert(at);
                *first = at.min(*first);
                *self.held.entry(key).or_default() += quantity;
            }
            Way::Return => *self.held.entry(key).or_default() -= quantity,
        }
    }

    /// Whether all that arrived of a line has come back.
    fn is_given_back(&self, line: &order_line::Model) -> bool {
        let key = (line.order_id, line.position);
        self.first.contains_key(&key) && self.held.get(&key).is_some_and(|held| *held <= 0)
    }
}
