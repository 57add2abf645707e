//! Importing opportunities against copying the same rows: with their periods and events, into the same tables.

use std::fmt::Write;

use anyhow::{Result, ensure};

use crate::{
    api::Bench,
    figures::{Other, grouped, millis},
    imports::{Took, copy, import},
    operations::{EVENT, quoted},
    seed::World,
};

/// Imports opportunities, two in three of them closed, then copies the same rows. The server does not run meanwhile.
pub async fn measure(bench: &Bench<'_>) -> Result<Other> {
    let count = if bench.options.quick { 20_000 } else { bench.options.imported };
    eprintln!("  import of {count} opportunities");
    let directory = tempfile::tempdir()?;
    let file = directory.path().join("opportunities.csv");
    std::fs::write(&file, csv(&bench.world, count))?;
    let imported = import(bench, "opportunities", &file).await?;
    let mut admin = bench.place.administer().await?;
    let there = admin.one("select count(*) from opportunity where source = 'bench'").await?;
    ensure!(there == count as i64, "of {count} opportunities, {there} are there");
    let of_them = "opportunity_id in (select id from opportunity where source = 'bench')";
    let tables = [
        ("opportunity", columns(bench, "opportunity").await?, "source = 'bench'"),
        ("opportunity_period", columns(bench, "opportunity_period").await?, of_them),
        ("event", quoted(&EVENT), "actor_kind = 'import' and name = 'opportunity.created'"),
    ];
    let copied = copy(bench, &tables).await?;
    let speed = copied.time.as_secs_f64() / imported.time.as_secs_f64();
    let per_second = |took: &Took| grouped(count as f64 / took.time.as_secs_f64());
    let each = |took: &Took| took.cpu.as_secs_f64() * 1e6 / count as f64;
    let value = format!(
        "{} opportunities/s, {:.0} µs CPU each; COPY {} opportunities/s, {:.0} µs CPU each: {speed:.2} of its speed ({} ms)",
        per_second(&imported),
        each(&imported),
        per_second(&copied),
        each(&copied),
        millis(imported.time),
    );
    let name =
        format!("import of {} opportunities (opportunity, periods, event)", grouped(count as f64));
    Ok(Other::with(name, value, "0.5 of the speed", speed >= 0.5))
}

/// The columns that are written: not those that follow from others.
async fn columns(bench: &Bench<'_>, table: &str) -> Result<String> {
    let mut admin = bench.place.administer().await?;
    admin
        .text(format!(
            "select string_agg(quote_ident(column_name), ', ' order by ordinal_position) \
             from information_schema.columns where table_name = '{table}' and column_name !~ '^[a-z][0-9]+$'"
        ))
        .await
}

fn csv(world: &World, count: u64) -> String {
    let mut csv = String::from(
        "externalId,name,customerExternalId,status,amount,currency,openedOn,expectedCloseOn,closedOn,leadSource\n",
    );
    for n in 0..count {
        let customer = World::external_id(n * 7919 % world.customers);
        let (month, day, amount) = (n % 6 + 1, n % 28 + 1, n % 90_000 + 10);
        let (status, closed) = match n % 3 {
            0 => ("open", String::new()),
            1 => ("won", format!("2025-{:02}-{day:02}", month + 6)),
            _ => ("lost", format!("2025-{:02}-{day:02}", month + 6)),
        };
        // Writing to a text does not fail.
        let _ = writeln!(
            csv,
            "I{n},Imported deal {n},{customer},{status},{amount}.00,{},2025-{month:02}-{day:02},2025-12-{day:02},{closed},Fair",
            world.currency
        );
    }
    csv
}
