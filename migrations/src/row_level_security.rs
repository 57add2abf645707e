/// The second wall, on PostgreSQL: even a query without the workspace's condition sees nothing of another
/// workspace in these tables. It holds for the tables' owner too.
pub fn row_level_security<'t>(tables: impl IntoIterator<Item = &'t str>) -> String {
    let guard = |table| include_str!("row_level_security.sql").replace("{table}", table);
    tables.into_iter().map(guard).collect()
}
