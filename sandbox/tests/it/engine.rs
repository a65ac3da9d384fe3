//! Engines of other versions: what is agreed on with them.

use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::sync::{Arc, Mutex};

use airlock_sandbox::SandboxError;
use airlock_sandbox::docker::{DockerSandbox, DockerSettings};
use anyhow::{Context as _, Result, ensure};
use bollard::API_DEFAULT_VERSION;

use crate::Test;
use crate::docker::settings;
use crate::jail::block_on;

pub(crate) const TESTS: &[Test] = &[
    ("engine::an_old_one_is_asked_in_its_own_version", an_old_one),
    ("engine::a_new_one_is_asked_in_ours", a_new_one),
    ("engine::one_that_knows_no_version_of_ours_says_so", one_beyond_us),
    ("engine::one_without_a_version_is_none", one_without_a_version),
];

/// An engine that answers to nothing but the question for its version, and has no image.
struct Engine {
    host: String,
    asked: Arc<Mutex<Vec<String>>>,
    _folder: tempfile::TempDir,
}

impl Engine {
    fn answering(version: (u16, &'static str), other: (u16, &'static str)) -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let place = folder.path().join("docker.sock");
        let (listener, asked) = (UnixListener::bind(&place)?, Arc::<Mutex<Vec<String>>>::default());
        let paths = Arc::clone(&asked);
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                // A client that hangs up has had its answer.
                let _ = answer(&stream, &paths, version, other);
            }
        });
        Ok(Self { host: format!("unix://{}", place.display()), asked, _folder: folder })
    }

    /// What a sandbox says of it, and the last path that it asked for.
    fn tried(&self) -> Result<(SandboxError, String)> {
        let settings = DockerSettings { host: self.host.clone(), ..settings(0)? };
        let error = block_on(DockerSandbox::new(settings)).err().context("it has no image")?;
        let asked = self.asked.lock().expect("nobody panicked").last().cloned();
        Ok((error, asked.context("nothing was asked")?))
    }
}

fn answer(
    mut stream: &UnixStream,
    asked: &Mutex<Vec<String>>,
    version: (u16, &str),
    other: (u16, &str),
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream).lines().map_while(Result::ok);
    let request = lines.next().unwrap_or_default();
    lines.by_ref().take_while(|line| !line.is_empty()).for_each(drop);
    let path = request.split_whitespace().nth(1).unwrap_or_default().to_owned();
    let (status, body) = if path.ends_with("/version") { version } else { other };
    asked.lock().expect("nobody panicked").push(path);
    let length = body.len();
    write!(
        stream,
        "HTTP/1.1 {status} It\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    )
}

const NO_IMAGE: (u16, &str) = (404, r#"{"message":"No such image"}"#);

fn an_old_one() -> Result<()> {
    let (error, asked) = Engine::answering((200, r#"{"ApiVersion":"1.30"}"#), NO_IMAGE)?.tried()?;
    ensure!(matches!(error, SandboxError::ImageMissing { .. }), "{error:?}");
    ensure!(asked.starts_with("/v1.30/images/"), "{asked}");
    Ok(())
}

fn a_new_one() -> Result<()> {
    let (error, asked) = Engine::answering((200, r#"{"ApiVersion":"1.999"}"#), NO_IMAGE)?.tried()?;
    ensure!(matches!(error, SandboxError::ImageMissing { .. }), "{error:?}");
    ensure!(asked.starts_with(&format!("/v{API_DEFAULT_VERSION}/images/")), "{asked}");
    Ok(())
}

fn one_beyond_us() -> Result<()> {
    let refusal = (400, r#"{"message":"client version is too old. Minimum supported API version is 1.990"}"#);
    let (error, _) = Engine::answering(refusal, refusal)?.tried()?;
    ensure!(matches!(error, SandboxError::EngineUnreachable { .. }), "{error:?}");
    ensure!(error.to_string().contains("Minimum supported API version is 1.990"), "{error}");
    Ok(())
}

fn one_without_a_version() -> Result<()> {
    for nonsense in [r#"{"ApiVersion":"new"}"#, "{}"] {
        let (error, _) = Engine::answering((200, nonsense), NO_IMAGE)?.tried()?;
        ensure!(matches!(error, SandboxError::EngineUnreachable { .. }), "{nonsense}: {error:?}");
    }
    Ok(())
}
