use chrono::{DateTime, Utc};
use sea_orm::{
    DbBackend,
    sea_query::{CaseStatement, Expr, ExprTrait},
};

/// A stretch of time in which days begin at the same hour of UTC's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// When it ends; where it is the last one, never.
    pub end: Option<DateTime<Utc>>,
    /// How many seconds after those of UTC its days begin; before, where negative.
    pub seconds: i64,
}

/// The day of a moment since a beginning, by stretches in order; null where it is before that.
pub fn day_since(
    beginning: DateTime<Utc>,
    moment: Expr,
    stretches: &[Stretch],
    backend: DbBackend,
) -> Expr {
    let shift = |seconds: i64| match backend {
        DbBackend::Postgres => Expr::val(seconds),
        _ => Expr::val(format!("{:+} seconds", -seconds)),
    };
    let last = shift(stretches.last().map_or(0, |stretch| stretch.seconds));
    let ends = || stretches.iter().filter_map(|stretch| Some((stretch.end?, stretch.seconds)));
    let shift = match ends().next() {
        None => last,
        Some(_) => ends()
            .fold(CaseStatement::new(), |case, (end, seconds)| {
                case.case(moment.clone().lt(end), shift(seconds))
            })
            .finally(last)
            .into(),
    };
    // SQLite would round to milliseconds, and so to the day after.
    let sql = match backend {
        DbBackend::Postgres => "(($1 at time zone 'UTC') - $2 * interval '1 second')::date",
        _ => "date(substr(?, 1, 19), ?)",
    };
    let day = Expr::cust_with_exprs(sql, [moment.clone(), shift]);
    CaseStatement::new().case(moment.gte(beginning), day).into()
}

/// How many whole seconds of the clock lie between two moments.
pub fn seconds_between(from: Expr, to: Expr, backend: DbBackend) -> Expr {
    let sql = match backend {
        DbBackend::Postgres => {
            "(floor(extract(epoch from $1)) - floor(extract(epoch from $2)))::bigint"
        }
        _ => {
            "(cast(strftime('%s', substr(?, 1, 19)) as integer) - cast(strftime('%s', substr(?, 1, 19)) as integer))"
        }
    };
    Expr::cust_with_exprs(sql, [to, from])
}

/// The month of a day, `YYYY-MM`.
pub fn month_of(day: Expr, backend: DbBackend) -> Expr {
    let sql = match backend {
        DbBackend::Postgres => "to_char($1, 'YYYY-MM')",
        _ => "substr(?, 1, 7)",
    };
    Expr::cust_with_exprs(sql, [day])
}
