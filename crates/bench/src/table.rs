//! The figures as Markdown.

use std::fmt::Write;

use crate::{
    database::Kind,
    figures::{Cell, Other, Report, grouped, millis},
    machine::Machine,
};

/// All of it.
pub fn document(machine: &Machine, command: &str, reports: &[Report]) -> String {
    let mut out = format!("{HEAD}\n\n{}\nTaken by `{command}`.\n{METHOD}\n", machine.markdown());
    for report in reports {
        out.push_str(&section(report));
    }
    out.push_str(&growth(reports));
    out
}

const HEAD: &str = "# Benchmarks

Written by `cargo run --release -p bench -- api --output docs/benchmarks.md`; do not edit.";

const METHOD: &str = "
How to read it: the release build of `rapport serve` answers over HTTP on the loopback interface, with row-level
security on PostgreSQL and every request signed in. CPU time is user and system time of the server process and of all
PostgreSQL processes from `/proc`, divided by the requests; the client's is not counted. *Bare* is the same SQL, which
the program was seen to send, run through prepared statements by one single-threaded process on the same database right
after, with nothing done with the rows; its CPU time is that process's and the database's. It has as many connections as
the server has to the database for that many clients. *Ratio* is the one CPU time by the other. Client, server and
database share the machine, and the load average tells what else did: requests per second and latencies are what such a
machine gives, CPU times are what to compare. What a write sets off (segments following the log) is in its CPU time.";

/// The tables of one database and size.
pub fn section(report: &Report) -> String {
    let mut out = format!(
        "\n## {}, {} customers, {} orders\n\nLoad average {:.1} at the start, {:.1} at the end.\n\n",
        report.kind.name(),
        grouped(report.customers as f64),
        grouped(report.customers as f64 * 5.0),
        report.load_average.0,
        report.load_average.1
    );
    out.push_str(CELLS);
    report.cells.iter().for_each(|cell| row(&mut out, report.kind, cell));
    out.push_str("\n| what | | bar |\n|---|---|---|\n");
    report.others.iter().for_each(|other| other_row(&mut out, other));
    match &report.differences {
        Some(found) if found.is_empty() => {
            out.push_str("\nThe bare SQL was found word for word in the database's log of what the program sent.\n");
        }
        Some(found) => {
            out.push_str("\nThe bare SQL is **not** what the program sends:\n\n");
            found.iter().for_each(|found| out.push_str(&format!("- {found}\n")));
        }
        None => {}
    }
    out
}

const CELLS: &str = "\
| operation | connections | requests/s | p50 ms | p99 ms | CPU µs: server | database | bare | ratio | bar |
|---|--:|--:|--:|--:|--:|--:|--:|--:|---|
";

fn row(out: &mut String, kind: Kind, cell: &Cell) {
    let Cell { operation, connections, served, bare, bare_connections, at_most } = cell;
    let database = served.database_us.map_or_else(|| "—".to_owned(), |us| format!("{us:.0}"));
    let bar = at_most.filter(|_| kind == Kind::Postgres).map_or_else(String::new, |at_most| {
        let met = if cell.ratio() <= at_most { "met" } else { "**missed**" };
        format!("{at_most} {met}")
    });
    // Writing to a text does not fail.
    let _ = writeln!(
        out,
        "| {operation} | {connections} | {} | {} | {} | {:.0} | {database} | {:.0} ({bare_connections}) | {:.2} | {bar} |",
        grouped(served.per_second),
        millis(served.p50),
        millis(served.p99),
        served.process_us,
        bare.total_us(),
        cell.ratio(),
    );
}

fn other_row(out: &mut String, Other { name, value, bar }: &Other) {
    let bar = bar.as_ref().map_or_else(String::new, |(bar, met)| {
        format!("{bar} {}", if *met { "met" } else { "**missed**" })
    });
    let _ = writeln!(out, "| {name} | {value} | {bar} |");
}

/// How much slower the largest size is than the smallest.
fn growth(reports: &[Report]) -> String {
    let mut out = String::new();
    for kind in [Kind::Postgres, Kind::Sqlite] {
        let of: Vec<&Report> = reports.iter().filter(|report| report.kind == kind).collect();
        let (Some(small), Some(large)) = (of.first(), of.last()) else { continue };
        if small.customers == large.customers {
            continue;
        }
        let _ = write!(
            out,
            "\n## {}: {} customers against {}\n\n| operation | connections | p50 | p99 | bare p50 | bar |\n|---|--:|--:|--:|--:|---|\n",
            kind.name(),
            grouped(large.customers as f64),
            grouped(small.customers as f64)
        );
        for cell in &large.cells {
            if let Some(before) = small.cell(cell.operation, cell.connections) {
                out.push_str(&growth_row(kind, before, cell));
            }
        }
    }
    out
}

/// Latency may grow by half, where the operation has a bar.
fn growth_row(kind: Kind, before: &Cell, cell: &Cell) -> String {
    let times = |now: std::time::Duration, then: std::time::Duration| {
        now.as_secs_f64() / then.as_secs_f64().max(1e-6)
    };
    let p50 = times(cell.served.p50, before.served.p50);
    let bar = match cell.at_most {
        Some(_) if kind == Kind::Postgres && p50 <= 1.5 => "1.5 met",
        Some(_) if kind == Kind::Postgres => "1.5 **missed**",
        _ => "",
    };
    format!(
        "| {} | {} | {p50:.2} | {:.2} | {:.2} | {bar} |\n",
        cell.operation,
        cell.connections,
        times(cell.served.p99, before.served.p99),
        times(cell.bare.p50, before.bare.p50),
    )
}
