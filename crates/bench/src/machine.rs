//! What the figures were taken on.

use std::{fs, process::Command};

/// The machine, in words.
#[derive(Debug)]
pub struct Machine {
    lines: Vec<(&'static str, String)>,
}

impl Machine {
    /// This machine, today.
    pub fn here() -> Self {
        let cpus = std::thread::available_parallelism().map_or(0, usize::from);
        let cpu = field("/proc/cpuinfo", "model name").unwrap_or_default();
        let memory = field("/proc/meminfo", "MemTotal").unwrap_or_default();
        let lines = vec![
            ("date", said(&["date", "-u", "+%F %H:%M UTC"])),
            ("processor", format!("{cpus} × {cpu}")),
            ("memory", memory),
            ("kernel", said(&["uname", "-sr"])),
            ("system", os()),
            ("compiler", said(&["rustc", "--version"])),
        ];
        Self { lines }
    }

    /// Adds the version of a database.
    pub fn add(&mut self, name: &'static str, value: String) {
        self.lines.push((name, value));
    }

    /// As a table.
    pub fn markdown(&self) -> String {
        let line = |(name, value): &(&str, String)| format!("| {name} | {value} |\n");
        let lines: String = self.lines.iter().map(line).collect();
        format!("| | |\n|---|---|\n{lines}")
    }
}

/// How many processes want to run, on average over the last minute.
pub fn load_average() -> f64 {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or_default()
}

fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

fn said(command: &[&str]) -> String {
    let output = command
        .split_first()
        .and_then(|(program, arguments)| Command::new(program).args(arguments).output().ok());
    output.map(|said| String::from_utf8_lossy(&said.stdout).trim().to_owned()).unwrap_or_default()
}

fn os() -> String {
    let text = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let line = text.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    line.unwrap_or_default().trim_matches('"').to_owned()
}
