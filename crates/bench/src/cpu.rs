//! How much CPU time and memory processes take, read from `/proc`.

use std::{fs, time::Duration};

/// Times in `/proc` are in hundredths of a second, whatever the kernel's own clock.
const TICK: Duration = Duration::from_millis(10);

/// Whose time is counted: the process that answers, and the database's where it is another.
#[derive(Clone, Copy, Debug)]
pub struct Watch {
    /// The server, or for bare SQL the client.
    pub process: u32,
    /// The parent of the database's processes; none where the database runs in the process.
    pub database: Option<u32>,
}

/// CPU time, user and system.
#[derive(Clone, Copy, Debug, Default)]
pub struct Used {
    /// Of the process.
    pub process: Duration,
    /// Of the database; none where it runs in the process, or out of sight.
    pub database: Option<Duration>,
}

impl Watch {
    /// What was used up to now.
    pub fn used(&self) -> Used {
        Used { process: of(self.process), database: self.database.map(of_family) }
    }
}

impl Used {
    /// What was used since then.
    pub fn since(self, before: Self) -> Self {
        let database = self.database.zip(before.database);
        Self {
            process: self.process.saturating_sub(before.process),
            database: database.map(|(now, then)| now.saturating_sub(then)),
        }
    }

    /// All of it.
    pub fn total(self) -> Duration {
        self.process + self.database.unwrap_or_default()
    }
}

/// CPU time of a process, all its threads.
fn of(pid: u32) -> Duration {
    stat(pid).map_or(Duration::ZERO, |stat| stat.own)
}

/// CPU time of a process, of its children, and of those that have ended.
fn of_family(parent: u32) -> Duration {
    let children = processes().filter_map(stat).filter(|stat| stat.parent == parent);
    let children: Duration = children.map(|stat| stat.own).sum();
    stat(parent).map_or(children, |stat| stat.own + stat.ended_children + children)
}

/// CPU time of the children of a process that have ended.
pub fn of_ended_children(pid: u32) -> Duration {
    stat(pid).map_or(Duration::ZERO, |stat| stat.ended_children)
}

/// The parent of a process.
pub fn parent(pid: u32) -> Option<u32> {
    stat(pid).map(|stat| stat.parent)
}

/// Memory of a process in MB that is its own to keep: now, and the most it ever had.
pub fn memory(pid: u32) -> Option<(f64, f64)> {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let field = |name: &str| -> Option<f64> {
        let line = status.lines().find(|line| line.starts_with(name))?;
        Some(line.split_whitespace().nth(1)?.parse::<f64>().ok()? / 1024.0)
    };
    Some((field("VmRSS:")?, field("VmHWM:")?))
}

struct Stat {
    parent: u32,
    own: Duration,
    ended_children: Duration,
}

fn processes() -> impl Iterator<Item = u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

/// The second field is the program's name in parentheses, which may contain anything.
fn stat(pid: u32) -> Option<Stat> {
    let text = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<&str> = text.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |n: usize| -> Option<Duration> {
        Some(TICK * u32::try_from(fields.get(n)?.parse::<u64>().ok()?).ok()?)
    };
    Some(Stat {
        parent: fields.get(1)?.parse().ok()?,
        own: ticks(11)? + ticks(12)?,
        ended_children: ticks(13)? + ticks(14)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_time_only_grows() {
        let watch = Watch { process: std::process::id(), database: None };
        let before = watch.used();
        let mut sum = 0_u64;
        while watch.used().since(before).total() < TICK {
            sum = (0..100_000_u64).fold(sum, |sum, n| std::hint::black_box(sum ^ n));
        }
        assert!(memory(std::process::id()).is_some_and(|(now, most)| 0.0 < now && now <= most));
    }
}
