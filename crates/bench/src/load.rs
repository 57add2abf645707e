//! A closed loop: each worker does its next piece of work when the one before is done.

use std::{
    cell::Cell,
    rc::Rc,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use tokio::task::LocalSet;

use crate::cpu::{Used, Watch};

/// Something that is done over and over.
pub trait Worker {
    /// Does it once.
    async fn once(&mut self) -> Result<()>;
}

/// How long is measured, after how long of warming up.
#[derive(Clone, Copy, Debug)]
pub struct Timing {
    /// Not counted: statements are prepared, caches filled.
    pub warm_up: Duration,
    /// Counted.
    pub measured: Duration,
}

impl Timing {
    /// So many seconds, after a third of that to warm up.
    pub fn seconds(seconds: f64) -> Self {
        let measured = Duration::from_secs_f64(seconds);
        Self { warm_up: measured / 3, measured }
    }
}

/// What came of a load.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// How often the work was done in a second.
    pub per_second: f64,
    /// Half took no longer.
    pub p50: Duration,
    /// All but one of a hundred took no longer.
    pub p99: Duration,
    /// CPU time for each, in microseconds.
    pub process_us: f64,
    /// The database's CPU time for each, in microseconds.
    pub database_us: Option<f64>,
}

impl Load {
    /// CPU time for each, of the process and the database, in microseconds.
    pub fn total_us(&self) -> f64 {
        self.process_us + self.database_us.unwrap_or_default()
    }

    fn new(mut latencies: Vec<u32>, took: Duration, used: Used) -> Result<Self> {
        ensure!(!latencies.is_empty(), "nothing was done in {took:?}");
        latencies.sort_unstable();
        let count = latencies.len() as f64;
        let each = |time: Duration| time.as_secs_f64() * 1e6 / count;
        Ok(Self {
            per_second: count / took.as_secs_f64(),
            p50: percentile(&latencies, 50),
            p99: percentile(&latencies, 99),
            process_us: each(used.process),
            database_us: used.database.map(each),
        })
    }
}

/// The latency (sorted, microseconds) that so many of a hundred do not exceed.
pub fn percentile(sorted: &[u32], of_hundred: usize) -> Duration {
    let rank = (sorted.len() * of_hundred).div_ceil(100).saturating_sub(1);
    Duration::from_micros(sorted.get(rank).copied().unwrap_or_default().into())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    WarmUp,
    Measured,
    Over,
}

/// Lets the workers work, and watches what it costs.
pub async fn drive<W: Worker + 'static>(
    workers: Vec<W>,
    timing: Timing,
    watch: Watch,
) -> Result<Load> {
    let phase = Rc::new(Cell::new(Phase::WarmUp));
    let tasks = LocalSet::new();
    let running: Vec<_> =
        workers.into_iter().map(|worker| tasks.spawn_local(work(worker, phase.clone()))).collect();
    tasks
        .run_until(async move {
            tokio::time::sleep(timing.warm_up).await;
            let (before, began) = (watch.used(), Instant::now());
            phase.set(Phase::Measured);
            tokio::time::sleep(timing.measured).await;
            phase.set(Phase::Over);
            let (used, took) = (watch.used().since(before), began.elapsed());
            let mut latencies = Vec::new();
            for task in running {
                latencies.extend(task.await.context("a worker panicked")??);
            }
            Load::new(latencies, took, used)
        })
        .await
}

async fn work<W: Worker>(mut worker: W, phase: Rc<Cell<Phase>>) -> Result<Vec<u32>> {
    let mut latencies = Vec::new();
    while phase.get() != Phase::Over {
        let began = Instant::now();
        worker.once().await?;
        if phase.get() == Phase::Measured {
            latencies.push(u32::try_from(began.elapsed().as_micros()).unwrap_or(u32::MAX));
        }
    }
    Ok(latencies)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_ranks() {
        let sorted: Vec<u32> = (1..=200).collect();
        assert_eq!(percentile(&sorted, 50), Duration::from_micros(100));
        assert_eq!(percentile(&sorted, 99), Duration::from_micros(198));
        assert_eq!(percentile(&[7], 99), Duration::from_micros(7));
    }
}
