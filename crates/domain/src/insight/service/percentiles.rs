use std::collections::HashMap;

use sea_orm::{
    ConnectionTrait, QueryResult,
    sea_query::{Alias, Expr, ExprTrait, Func, Order, Query, SelectStatement, WindowStatement},
};

use super::groups::{Key, Named};
use crate::kernel::{Ctx, Result};

/// The 50th, 90th and 95th percentile, and of how many values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Percentiles {
    pub count: i64,
    pub p50: i64,
    pub p90: i64,
    pub p95: i64,
}

/// The percentiles of a column of whole numbers, group by group, by the nearest rank: of n values in order the p-th
/// percentile is the one at the place ⌈p·n/100⌉. Rows without a value do not count. `each` has a column `key`.
pub async fn percentiles(
    ctx: &Ctx,
    each: SelectStatement,
    column: &'static str,
    key: Named,
) -> Result<HashMap<Key, Percentiles>> {
    let name = |name: &'static str| Alias::new(name);
    let in_order =
        WindowStatement::partition_by(name("key")).order_by(name(column), Order::Asc).to_owned();
    let all = WindowStatement::partition_by(name("key")).to_owned();
    let ranked = Query::select()
        .column(name("key"))
        .expr_as(Expr::col(name(column)), name("value"))
        .expr_window_as(Func::cust("row_number"), in_order, name("place"))
        .expr_window_as(Func::count(Expr::col(name(column))), all, name("size"))
        .from_subquery(each, name("each"))
        .and_where(Expr::col(name(column)).is_not_null())
        .to_owned();
    let at = |percent: u8| Expr::cust(format!("\"place\" = (\"size\" * {percent} + 99) / 100"));
    let query = Query::select()
        .columns(["key", "value", "place", "size"].map(name))
        .from_subquery(ranked, name("ranked"))
        .cond_where(sea_orm::Condition::any().add(at(50)).add(at(90)).add(at(95)))
        .to_owned();
    let read = |row: QueryResult| {
        let numbers = [1, 2, 3].map(|n| row.try_get_by_index::<i64>(n));
        let [value, place, size] = numbers;
        Ok((key.read(&row)?, value?, place?, size?))
    };
    let db = ctx.reader().await?;
    let rows: Vec<(Key, i64, i64, i64)> =
        db.each(db.get_database_backend().build(&query), read).await?;
    let mut found: HashMap<Key, Percentiles> = HashMap::new();
    for (key, value, place, size) in rows {
        found.entry(key).or_default().take(value, place, size);
    }
    Ok(found)
}

impl Percentiles {
    /// Takes the value at a place.
    fn take(&mut self, value: i64, place: i64, size: i64) {
        self.count = size;
        for (percent, at) in [(50, &mut self.p50), (90, &mut self.p90), (95, &mut self.p95)] {
            if place == (size * percent + 99) / 100 {
                *at = value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_the_values_at_the_nearest_ranks() {
        let of = |values: &[i64]| {
            let mut found = Percentiles::default();
            for (place, value) in (1..).zip(values) {
                found.take(*value, place, values.len() as i64);
            }
            (found.p50, found.p90, found.p95)
        };
        assert_eq!(of(&[7]), (7, 7, 7));
        assert_eq!(of(&[1, 2]), (1, 2, 2));
        assert_eq!(of(&(1..=100).collect::<Vec<_>>()), (50, 90, 95));
        assert_eq!(of(&(1..=20).collect::<Vec<_>>()), (10, 18, 19));
    }
}
