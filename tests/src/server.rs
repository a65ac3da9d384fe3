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
    cache.expect("a home folder").join(airlock_sandbox::runtime::OF_TESTS)
}

/// The binary as a command, with nothing of the test's environment that configures it.
#[must_use]
pub fn airlock() -> Command {
    let mut command = Command::new(binary());
    command.env("AIRLOCK_SANDBOX__RUNTIME_DIR", runtime_dir()).stdin(Stdio::null());
    command.env("AIRLOCK_LOG__LEVEL", "warn,airlock_worker=info");
    command
}

/// One running process of the binary. Killed when dropped; its log is shown when a test fails.
pub struct Process {
    child: Child,
    log: PathBuf,
}

impl Process {
    /// Starts the binary with arguments and configuration, its output in a log file.
    ///
    /// # Panics
    /// When it cannot be started.
    #[must_use]
    pub fn start(args: &[&str], environment: &[(String, String)], log: &Path) -> Self {
        let file = std::fs::File::options().create(true).append(true).open(log).expect("a log");
        let mut command = airlock();
        command.envs(environment.iter().cloned()).args(args);
        command.stdout(file.try_clone().expect("a log")).stderr(file);
        Self { child: command.spawn().expect("the binary starts"), log: log.to_owned() }
    }

    /// Its process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until `/ready` answers at `url`; the time only bounds a broken test.
    ///
    /// # Panics
    /// When the process ends before, or is not ready after three minutes.
    pub async fn wait_until_ready(&mut self, url: &str) {
        let deadline = Instant::now() + Duration::from_secs(180);
        let http = reqwest::Client::new();
        loop {
            if let Ok(response) = http.get(format!("{url}/ready")).send().await
                && response.status().is_success()
            {
                return;
            }
            let ended = self.child.try_wait().expect("a status");
            assert!(ended.is_none(), "the process ended: {ended:?}\n{}", self.log());
            assert!(Instant::now() < deadline, "the process is not ready\n{}", self.log());
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = self.log();
            let lines: Vec<&str> = log.lines().collect();
            for line in &lines[lines.len().saturating_sub(60)..] {
                #[expect(clippy::print_stderr, reason = "the log of a failed test belongs into its output")]
                {
                    eprintln!("{}: {line}", self.log.file_name().unwrap_or_default().display());
                }
            }
        }
    }
}

/// A running server with embedded parts and a folder of its own.
pub struct Server {
    process: Option<Process>,
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
        let mut server = Self { process: None, data, port: free_port(), environment: owned(environment) };
        server.restart().await;
        server
    }

    /// Ends the server as a power cut would.
    pub fn kill(&mut self) {
        self.process = None;
    }

    /// Starts the server again on the same folder and port.
    ///
    /// # Panics
    /// When it does not come up.
    pub async fn restart(&mut self) {
        self.kill();
        let listen = format!("127.0.0.1:{}", self.port);
        let data = self.data.path().to_str().expect("UTF-8").to_owned();
        let args = ["serve", "--listen", &listen, "--data", &data];
        let log = self.data.path().join("server.log");
        let mut process = Process::start(&args, &self.environment, &log);
        process.wait_until_ready(&self.url()).await;
        self.process = Some(process);
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
        self.process.as_ref().expect("running").pid()
    }

    /// A client with the token of a new user, made by the command line beside the running server.
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
    #[must_use]
    pub fn token(&self, name: &str, role: &str) -> String {
        let data = self.data.path().to_str().expect("UTF-8");
        new_token(name, role, &["--data", data], &self.environment)
    }
}

/// Makes a user and a token by the command line, with the options that say where.
///
/// # Panics
/// When the command line refuses.
#[must_use]
pub fn new_token(name: &str, role: &str, place: &[&str], environment: &[(String, String)]) -> String {
    run(&[&["user", "add", name, "--role", role], place].concat(), environment);
    let token = run(&[&["token", "new", name], place].concat(), environment).trim().to_owned();
    assert!(token.starts_with("airlock_"), "the token alone on standard output, not {token:?}");
    token
}

/// Runs the binary to its end; its standard output.
///
/// # Panics
/// When it fails.
pub fn run(args: &[&str], environment: &[(String, String)]) -> String {
    let output = airlock().envs(environment.iter().cloned()).args(args).output().expect("the binary runs");
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Configuration for a process.
#[must_use]
pub fn owned(environment: &[(&str, &str)]) -> Vec<(String, String)> {
    environment.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// A port that was free a moment ago.
///
/// # Panics
/// When the machine has none.
#[must_use]
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address").port()
}
