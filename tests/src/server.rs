//! The built binary, started on a free port with a folder of its own.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::client::Client;

/// The binary that was built beside this test.
///
/// # Panics
/// When it has not been built.
#[must_use]
pub fn binary() -> PathBuf {
    let test = std::env::current_exe().expect("this test has a path");
    let folder = test.ancestors().nth(2).expect("tests are built two folders below the target folder");
    let path = folder.join("airlock");
    assert!(path.exists(), "{} is missing; build it with `cargo build --workspace`", path.display());
    path
}

/// Where tests keep the sandbox runtime between runs, outside the checkout.
#[must_use]
pub fn runtime_dir() -> PathBuf {
    #[expect(clippy::disallowed_methods, reason = "the cache of the machine's user, as ./scripts/test uses it")]
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(|| {
        #[expect(clippy::disallowed_methods, reason = "the cache of the machine's user, as ./scripts/test uses it")]
        std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache"))
    });
    cache.expect("a home folder").join("airlock-test-runtime")
}

/// The binary as a command, with nothing of the test's environment that configures it.
#[must_use]
pub fn airlock() -> Command {
    let mut command = Command::new(binary());
    command.env("AIRLOCK_SANDBOX__RUNTIME_DIR", runtime_dir()).stdin(Stdio::null());
    command
}

/// A running server. Killed and its folder removed when dropped.
pub struct Server {
    process: Option<Child>,
    data: tempfile::TempDir,
    port: u16,
    environment: Vec<(String, String)>,
}

impl Server {
    /// Starts `airlock serve` with embedded parts.
    pub async fn start() -> Self {
        Self::with(&[]).await
    }

    /// Starts `airlock serve` with some configuration in the environment.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn with(environment: &[(&str, &str)]) -> Self {
        let data = tempfile::tempdir().expect("a temporary folder");
        let environment = environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        let mut server = Self { process: None, data, port: free_port(), environment };
        server.spawn().await;
        server
    }

    /// Ends the server as a power cut would.
    ///
    /// # Panics
    /// When it is not running.
    pub fn kill(&mut self) {
        let mut process = self.process.take().expect("running");
        process.kill().expect("killed");
        process.wait().expect("reaped");
    }

    /// Starts the server again on the same folder and port.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn restart(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
        self.spawn().await;
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its folder.
    #[must_use]
    pub fn data(&self) -> &Path {
        self.data.path()
    }

    /// Its process id.
    ///
    /// # Panics
    /// When it is not running.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.process.as_ref().expect("running").id()
    }

    /// A new user with a role and a token, made by the command line beside the running server.
    #[must_use]
    pub fn client(&self, name: &str, role: &str) -> Client {
        Client::new(&self.url(), Some(&self.token(name, role)))
    }

    /// A client without a token.
    #[must_use]
    pub fn anonymous(&self) -> Client {
        Client::new(&self.url(), None)
    }

    /// The token of a new user.
    ///
    /// # Panics
    /// When the command line refuses.
    #[must_use]
    pub fn token(&self, name: &str, role: &str) -> String {
        let data = self.data.path().to_str().expect("UTF-8");
        self.run(&["user", "add", name, "--role", role, "--data", data]);
        let token = self.run(&["token", "new", name, "--data", data]).trim().to_owned();
        assert!(token.starts_with("airlock_"), "the token alone on standard output, not {token:?}");
        token
    }

    /// Runs the binary with this server's configuration; its standard output.
    ///
    /// # Panics
    /// When it fails.
    #[must_use]
    pub fn run(&self, args: &[&str]) -> String {
        let mut command = airlock();
        command.envs(self.environment.iter().cloned()).args(args);
        let output = command.output().expect("the binary runs");
        assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    }

    async fn spawn(&mut self) {
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(self.data.path().join("server.log"))
            .expect("a log");
        let mut command = airlock();
        command
            .envs(self.environment.iter().cloned())
            .args(["serve", "--listen", &format!("127.0.0.1:{}", self.port), "--data"])
            .arg(self.data.path())
            .stdout(log.try_clone().expect("a log"))
            .stderr(log);
        self.process = Some(command.spawn().expect("the binary starts"));
        self.wait_until_ready().await;
    }

    /// Waits until `/ready` answers; the time only bounds a broken test.
    async fn wait_until_ready(&mut self) {
        let deadline = Instant::now() + Duration::from_secs(180);
        let http = reqwest::Client::new();
        loop {
            if let Ok(response) = http.get(format!("{}/ready", self.url())).send().await
                && response.status().is_success()
            {
                return;
            }
            let ended = self.process.as_mut().and_then(|process| process.try_wait().expect("a status"));
            let log = || std::fs::read_to_string(self.data.path().join("server.log")).unwrap_or_default();
            assert!(ended.is_none(), "the server ended: {ended:?}\n{}", log());
            assert!(Instant::now() < deadline, "the server is not ready\n{}", log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if self.process.is_some() {
            self.kill();
        }
        if std::thread::panicking() {
            let log = std::fs::read_to_string(self.data.path().join("server.log")).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(60).collect();
            for line in tail.iter().rev() {
                #[expect(clippy::print_stderr, reason = "the log of a failed test belongs into its output")]
                {
                    eprintln!("server: {line}");
                }
            }
        }
    }
}

/// A port that was free a moment ago.
///
/// # Panics
/// When the machine has none.
#[must_use]
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address").port()
}
