use std::collections::{HashMap, HashSet};

use rapport_entity::sales::target::{Column, Entity, Measure, Model};
use sea_orm::{ColumnTrait, Condition};
use uuid::Uuid;

use super::{
    AttainmentAsked,
    actuals::Key,
    organization::{Organization, Whose},
};
use crate::{
    insight::{forecast::Span, sales::Exchange},
    kernel::{Ctx, Read, Result},
};

/// The targets that are set for a period, in minor units of the workspace's currency, or as numbers.
#[derive(Clone, Debug, Default)]
pub struct Targets {
    set: HashMap<Key, i128>,
    /// How many there are in a currency that there is no rate of.
    pub unconverted: i64,
}

/// What somebody is to reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aim {
    pub value: i128,
    /// Whether it is what those right below are to reach together, since nothing is set.
    pub rolled_up: bool,
}

impl Targets {
    /// Those that the actor may see. Amounts are converted by the rate of the period's first day, so that a target stays what
    /// it is.
    pub async fn read(
        ctx: &Ctx,
        asked: &AttainmentAsked,
        span: &Span,
        by: &Exchange,
    ) -> Result<Self> {
        let these = Condition::all()
            .add(Column::StartsOn.eq(span.days.from))
            .add(Column::Period.eq(asked.period))
            .add(Column::Measure.eq(asked.measure))
            .add(Column::DeletedAt.is_null());
        let rows = ctx.can::<Entity, Read>()?.matching_even_deleted(these).await?;
        let mut targets = Self::default();
        for row in rows {
            match value(&row, span, by) {
                Some(value) => drop(targets.set.insert(key(&row), value)),
                None => targets.unconverted += 1,
            }
        }
        Ok(targets)
    }

    #[cfg(test)]
    pub fn of(set: HashMap<Key, i128>) -> Self {
        Self { set, unconverted: 0 }
    }

    /// The products that there are targets of.
    pub fn products(&self) -> HashSet<Uuid> {
        self.set.keys().filter_map(|(_, product)| *product).collect()
    }

    /// What somebody is to reach: what is set, or what those right below are to reach together.
    pub fn aim(&self, key: Key, of: &Organization) -> Option<Aim> {
        if let Some(value) = self.set.get(&key) {
            return Some(Aim { value: *value, rolled_up: false });
        }
        let below = of.right_below(key.0).iter();
        let aims = below.filter_map(|whose| self.aim((*whose, key.1), of));
        let value = aims.map(|aim| aim.value).reduce(|one, other| one + other)?;
        Some(Aim { value, rolled_up: true })
    }
}

fn key(row: &Model) -> Key {
    let user = row.user_id.map(|id| Whose::User(id.uuid()));
    let team = row.team_id.map(|id| Whose::Team(id.uuid()));
    (user.or(team).unwrap_or(Whose::Workspace), row.product_id.map(Uuid::from))
}

fn value(row: &Model, span: &Span, by: &Exchange) -> Option<i128> {
    if row.measure != Measure::WonAmount {
        return row.count.map(|count| i64::from(count).into());
    }
    let minor = by.convert(row.amount_minor?, &row.currency, span.days.from.day());
    minor.map(i128::from)
}
