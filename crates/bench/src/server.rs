//! The program itself: built, started on a free port, signed in to, and stopped again.

use std::{
    env,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::json;
use tokio::{
    io::AsyncWriteExt,
    process::{Child, Command},
};
use uuid::Uuid;

use crate::{
    database::Place,
    http::{Client, Request},
};

const EMAIL: &str = "bench@bench.example";

/// The program, and the password it is signed in to with.
#[derive(Clone, Debug)]
pub struct Program {
    path: PathBuf,
    password: String,
}

impl Program {
    /// The program at a path, or built from this repository.
    pub async fn find(path: Option<&Path>) -> Result<Self> {
        let path = match path {
            Some(path) => path.to_owned(),
            None => build().await?,
        };
        Ok(Self { path, password: format!("{} {}", Uuid::now_v7().simple(), std::process::id()) })
    }

    /// A command of the program on a database, with nothing on its standard output.
    pub fn command(&self, arguments: &[&str], place: &Place) -> Command {
        let mut command = Command::new(&self.path);
        command.args(arguments).args(["--database-url", &place.url()]);
        command.env("RAPPORT_LOG", "warn").env("RAPPORT_DRAIN", "0").env("RAPPORT_LIMITS", "false");
        command.env("RAPPORT_WEBHOOK_NETWORK", "127.0.0.1");
        command.stdin(Stdio::null()).stdout(Stdio::null()).kill_on_drop(true);
        command
    }

    /// Makes the workspace `bench`.
    pub async fn create_workspace(&self, place: &Place) -> Result<()> {
        let what = ["workspace", "create", "bench", "--name", "Bench", "--admin-email", EMAIL];
        let mut command = self.command(&what, place);
        let mut child = command.arg("--password-stdin").stdin(Stdio::piped()).spawn()?;
        let mut input = child.stdin.take().context("standard input")?;
        input.write_all(self.password.as_bytes()).await?;
        drop(input);
        let status = child.wait().await?;
        ensure!(status.success(), "rapport workspace create: {status}");
        Ok(())
    }
}

/// With the profile that the bench itself was built with, next to which it lies.
async fn build() -> Result<PathBuf> {
    let bench = env::current_exe()?;
    let directory = bench.parent().context("the bench lies in a directory")?;
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--package", "rapport"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    if !cfg!(debug_assertions) {
        command.arg("--release");
    }
    let status = command.status().await.context("cargo build")?;
    ensure!(status.success(), "cargo build: {status}");
    Ok(directory.join("rapport"))
}

/// The program as it serves.
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From its start to its first being ready.
    pub ready_after: Duration,
}

impl Server {
    /// Starts it and waits until it is ready.
    pub async fn start(program: &Program, place: &Place) -> Result<Self> {
        let address = free_address()?;
        let began = Instant::now();
        let bind = address.to_string();
        let mut child = program.command(&["serve", "--bind", &bind], place).spawn()?;
        while !is_ready(address).await {
            if let Some(status) = child.try_wait()? {
                bail!("rapport serve: {status}");
            }
            ensure!(began.elapsed() < Duration::from_secs(60), "rapport serve is not ready");
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        Ok(Self { child, address, ready_after: began.elapsed() })
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id().unwrap_or_default()
    }

    /// A token, good for a quarter of an hour.
    pub async fn sign_in(&self, program: &Program) -> Result<String> {
        let who = json!({ "workspace": "bench", "email": EMAIL, "password": program.password });
        let mut client = Client::connect(self.address, "").await?;
        let answer = client.send(&Request::with("POST", "/api/v1/sessions", &who)).await?.json();
        let answer = answer.context("sign in")?;
        Ok(answer["accessToken"].as_str().context("an access token")?.to_owned())
    }

    /// Kills it: it can do nothing more.
    pub async fn kill(mut self) -> Result<()> {
        Ok(self.child.kill().await?)
    }

    /// Asks it to stop, and waits until it has.
    pub async fn stop(mut self) -> Result<()> {
        let pid = self.pid().to_string();
        Command::new("kill").args(["-TERM", &pid]).status().await?;
        let ended = tokio::time::timeout(Duration::from_secs(40), self.child.wait()).await;
        let status = ended.context("rapport serve does not stop")??;
        ensure!(status.success(), "rapport serve stopped with {status}");
        Ok(())
    }
}

async fn is_ready(address: SocketAddr) -> bool {
    let Ok(mut client) = Client::connect(address, "").await else { return false };
    let answer = client.send(&Request::get("/health/ready")).await;
    answer.is_ok_and(|answer| answer.status == 200)
}

fn free_address() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}
