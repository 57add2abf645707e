use std::{
    io::{BufRead, BufReader, Read},
    process::{Child, Command, Stdio},
    sync::mpsc,
    time::{Duration, Instant},
};

/// The program as a process of its own, stopped when this is dropped.
pub struct Program {
    child: Child,
    /// Where it serves: `http://127.0.0.1:port`.
    pub base: String,
    /// What it has said on standard output until it served.
    pub said: String,
}

/// The program with arguments, and nothing of our environment that it reads settings from.
pub fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_rapport-under-test"));
    let settings =
        std::env::vars().map(|(name, _)| name).filter(|name| name.starts_with("RAPPORT_"));
    settings.for_each(|name| {
        command.env_remove(name);
    });
    command.args(arguments);
    command
}

impl Program {
    /// Serves, with more arguments, on a free port. Waits until it is ready.
    pub fn serve(database_url: &str, more: &[&str], env: &[(&str, &str)]) -> Self {
        let port = free_port();
        let bind = format!("127.0.0.1:{port}");
        let mut command = command(&["serve", "--bind", &bind, "--database-url", database_url]);
        let mut child = command
            .args(more)
            .envs(env.iter().copied())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let (send, said) = mpsc::channel();
        std::thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                if send.send(line).is_err() {
                    break;
                }
            }
        });
        let mut program = Self { child, base: format!("http://{bind}"), said: String::new() };
        program.wait_until_ready();
        while let Ok(line) = said.try_recv() {
            program.said += &(line + "\n");
        }
        program
    }

    #[expect(clippy::disallowed_methods, reason = "another process cannot be waited for otherwise")]
    fn wait_until_ready(&mut self) {
        let patience = Instant::now() + Duration::from_secs(120);
        while !self.is_ready() {
            let ended = self.child.try_wait().expect("its state");
            assert!(ended.is_none(), "the program ended: {ended:?}");
            assert!(Instant::now() < patience, "the program is not ready");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Whether it says that it is ready.
    pub fn is_ready(&self) -> bool {
        let address = self.base.trim_start_matches("http://");
        let Ok(mut stream) = std::net::TcpStream::connect(address) else { return false };
        let request =
            format!("GET /health/ready HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n");
        let sent = std::io::Write::write_all(&mut stream, request.as_bytes());
        let mut answer = String::new();
        sent.and_then(|()| stream.read_to_string(&mut answer)).is_ok()
            && answer.starts_with("HTTP/1.1 200")
    }

    /// Its process id.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends it a signal by name.
    pub fn signal(&self, name: &str) {
        let sent =
            Command::new("kill").args([&format!("-{name}"), &self.pid().to_string()]).status();
        assert!(sent.expect("kill").success());
    }

    /// Waits for its end; its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        self.child.wait().expect("its end").code()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address").port()
}
