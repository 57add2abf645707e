use sea_orm::sea_query::{CaseStatement, Expr, ExprTrait};

use super::calendar::Span;

/// Where days lie among the periods of a forecast.
pub const OVERDUE: i64 = -1;
/// A day that nobody says.
pub const UNDATED: i64 = -2;

/// Which of the periods a day is in, the first being 0: before them -1, after them as many as there are, and null of no day.
pub fn place(day: &Expr, spans: &[Span]) -> Expr {
    let Some(first) = spans.first() else { return Expr::cust("null") };
    let before = CaseStatement::new()
        .case(day.clone().is_null(), Expr::cust("cast(null as bigint)"))
        .case(day.clone().lt(first.days.from), Expr::cust("cast(-1 as bigint)"));
    let places = spans
        .iter()
        .enumerate()
        .fold(before, |case, (n, span)| case.case(day.clone().lte(span.days.to), at(n)));
    places.finally(at(spans.len())).into()
}

fn at(place: usize) -> Expr {
    Expr::cust(format!("cast({place} as bigint)"))
}
