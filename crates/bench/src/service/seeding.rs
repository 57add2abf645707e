//! Fills a workspace with service requests by SQL, and looks at what was told of them.

use anyhow::Result;

use crate::api::Bench;

/// Requests of which nine in ten are closed, the others open in a queue, until there are `all`.
pub async fn fill(bench: &Bench<'_>, queue: &str, policy: &str, all: u64) -> Result<()> {
    let there = "select count(*) from service_request where external_id like 'S%'";
    let mut admin = bench.place.administer().await?;
    let from = admin.one(there).await?;
    admin.run("set session_replication_role = replica").await?;
    let open = "i % 10 = 0";
    let rows = requests(bench, &format!("'{queue}'"), policy, open, (from, all as i64));
    admin.run(rows).await?;
    admin.run("set session_replication_role = default").await?;
    admin.run("vacuum analyze service_request").await
}

/// Open requests, each with its step, a clock that is due in a year, and the timer of that.
pub async fn clocks(bench: &Bench<'_>, policy: &str, all: u64) -> Result<()> {
    let mut admin = bench.place.administer().await?;
    let from =
        admin.one("select count(*) from service_request where external_id like 'S%'").await?;
    let to = from + all as i64;
    admin.run("set session_replication_role = replica").await?;
    admin.run(requests(bench, "null", policy, "true", (from, to))).await?;
    let these = format!(
        "service_request where external_id like 'S%' and substr(external_id, 2)::bigint >= {from}"
    );
    admin
        .run(format!(
            "insert into service_step (workspace_id, request_id, seq, at, status, category, priority, actor_kind) \
             select workspace_id, id, 1, opened_at, status, status_category, priority, 'system' from {these}"
        ))
        .await?;
    admin
        .run(format!(
            "insert into service_clock (workspace_id, request_id, kind, cycle, policy_id, state, priority, target_minutes, started_at, due_at, elapsed_seconds) \
             select workspace_id, id, 'resolution', 1, policy_id, 'running', priority, 2400, opened_at, now() + interval '1 year', 0 from {these}"
        ))
        .await?;
    admin
        .run(format!(
            "insert into timer (workspace_id, kind, subject_id, due_at) \
             select workspace_id, 'service_clock', id, now() + interval '1 year' + substr(external_id, 2)::bigint * interval '1 millisecond' from {these}"
        ))
        .await?;
    admin.run("set session_replication_role = default").await?;
    admin.run("vacuum analyze").await
}

fn requests(
    bench: &Bench<'_>,
    queue: &str,
    policy: &str,
    open: &str,
    (from, to): (i64, i64),
) -> String {
    let workspace = bench.world.workspace;
    let when = |open_so: &str, closed_so: &str| {
        format!("case when {open} then {open_so} else {closed_so} end")
    };
    let (status, is_open) = (when("'open'", "'closed'"), when("true", "false"));
    let done = when("null", "now() - interval '1 day'");
    format!(
        "insert into service_request (workspace_id, id, number, subject, kind, impact, urgency, priority, priority_rank, \
         priority_by_hand, status, status_category, status_since, is_open, channel, queue_id, policy_id, opened_at, resolved_at, \
         closed_at, reopen_count, source, external_id, search_text, version, created_at, updated_at) \
         select '{workspace}', ('01900000000070088' || lpad(to_hex(i), 15, '0'))::uuid, 'SR-' || (10000000 + i), \
         'Request ' || i, 'question', 'medium', 'medium', 'normal', 2, false, {status}, {status}, now() - interval '2 days', \
         {is_open}, 'api', {queue}, '{policy}', now() - interval '3 days' + i * interval '1 millisecond', {done}, {done}, 0, \
         'bench', 'S' || i, 'request', 1, now(), now() from generate_series({from}, {to} - 1) i"
    )
}

/// How long after their deadline breaches were told, in milliseconds, shortest first.
pub async fn told_delays(bench: &Bench<'_>) -> Result<Vec<u64>> {
    let mut admin = bench.place.administer().await?;
    let delays = "select coalesce(string_agg(delay::text, ',' order by delay), '') from ( \
        select greatest(0, extract(epoch from e.at - c.due_at) * 1000)::bigint as delay from event e \
        join service_clock c on c.workspace_id = e.workspace_id and c.request_id = e.subject_id and c.kind = 'resolution' \
        where e.name = 'service_request.clock_breached') told";
    let text = admin.text(delays).await?;
    Ok(text.split(',').filter_map(|delay| delay.parse().ok()).collect())
}
