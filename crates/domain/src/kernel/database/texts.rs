use sea_orm::{DbBackend, sea_query::Expr};

/// The last 28 bits of an id, as a number: chance, whoever has made the id (RFC 9562).
pub fn tail_of(id: Expr, backend: DbBackend) -> Expr {
    match backend {
        DbBackend::Postgres => {
            Expr::cust_with_exprs("('x' || right($1::text, 7))::bit(28)::integer::bigint", [id])
        }
        // SQLite reads no hexadecimal numbers: digit by digit.
        _ => {
            let digits = (1..=7).map(|place| {
                let weight = 1_u32 << (4 * (place - 1));
                format!("{weight} * instr('123456789ABCDEF', substr(hex(?), -{place}, 1))")
            });
            let sum = digits.collect::<Vec<_>>().join(" + ");
            Expr::cust_with_exprs(format!("({sum})"), std::iter::repeat_n(id, 7))
        }
    }
}

/// A value as text; an id in digits, which SQLite keeps as bytes.
pub fn as_text(value: Expr, is_id: bool, backend: DbBackend) -> Expr {
    match (backend, is_id) {
        (DbBackend::Sqlite, true) => Expr::cust_with_exprs("lower(hex(?))", [value]),
        (DbBackend::Postgres, _) => Expr::cust_with_exprs("cast($1 as text)", [value]),
        _ => Expr::cust_with_exprs("cast(? as text)", [value]),
    }
}
