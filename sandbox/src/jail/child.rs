//! The parent's side: start a child, drain it within bounds, say how it ended.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::unix::pipe;
use tokio::time::timeout;

use super::leash::{self, Leash, Started};
use super::{Child, Ended, How, JailError, LOCK_DOWN_FAILED, Usage};

/// How much of standard error is kept, in bytes.
const STDERR_TAIL: usize = 16 * 1024;
/// The only variable of a child's environment. The jail counts memory that may be written, so the allocator is to make
/// what it reserves ahead writable only where it is used.
const ALLOCATOR: (&str, &str) = ("MIMALLOC_ARENA_EAGER_COMMIT", "0");
/// How long a killed child may take to disappear.
const DEATH: Duration = Duration::from_secs(10);

/// Runs a child to its end and keeps its output in memory. Dropping the future
/// kills the child.
pub async fn run_child(child: Child) -> Result<Ended, JailError> {
    let mut stdout = Vec::new();
    let ended = run_child_into(child, &mut stdout).await?;
    Ok(Ended { stdout, ..ended })
}

/// Runs a child to its end and streams its output into `sink`, so that large
/// answers never lie in memory. Dropping the future kills the child.
pub async fn run_child_into(child: Child, sink: &mut (dyn AsyncWrite + Send + Unpin)) -> Result<Ended, JailError> {
    let Child { program, args, stdin, limits } = child;
    let mut command = Command::new(&program);
    command
        .args(args)
        .env_clear()
        .env(ALLOCATOR.0, ALLOCATOR.1)
        .current_dir("/")
        .process_group(0)
        .stdin(stdin.map_or_else(Stdio::null, Stdio::from))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let since = Instant::now();
    let Started { stdout, stderr, leash, ended } =
        leash::start(command).await.map_err(|source| JailError::Spawn { program, source })?;

    let work = async {
        let (out, err, end) = tokio::join!(
            drain(stdout, limits.output_bytes, sink, &leash),
            tail(stderr, limits.output_bytes, &leash),
            ended
        );
        (out, err, end)
    };
    tokio::pin!(work);
    let mut timed_out = false;
    let (out, err, end) = match timeout(limits.wall, &mut work).await {
        Ok(all) => all,
        Err(_) => {
            timed_out = true;
            leash.kill();
            let still_there = || JailError::Watch(io::Error::other("it did not end within 10 s of being killed"));
            timeout(DEATH, work).await.map_err(|_| still_there())?
        }
    };
    let out_exceeded = out?;
    let (tail, err_exceeded) = err.map_err(JailError::Watch)?;
    let gone = |_| JailError::Watch(io::Error::other("the thread that keeps the child ended early"));
    let (status, account) = end.map_err(gone)?.map_err(JailError::Watch)?;
    let stderr_tail = String::from_utf8_lossy(&tail).into_owned();
    let how = if out_exceeded || err_exceeded {
        How::OutputExceeded
    } else if timed_out {
        How::TimedOut
    } else {
        how(status, &stderr_tail)
    };
    let usage = Usage { wall_ms: millis(since.elapsed()), cpu_ms: millis(account.cpu), peak_rss: account.peak_rss };
    Ok(Ended { how, stdout: Vec::new(), stderr_tail, usage })
}

/// Copies at most `most` bytes; one more kills the child. Says whether that happened.
async fn drain(
    from: OwnedFd,
    most: u64,
    sink: &mut (dyn AsyncWrite + Send + Unpin),
    leash: &Leash,
) -> Result<bool, JailError> {
    let mut pipe = pipe::Receiver::from_owned_fd(from).map_err(JailError::Watch)?;
    let mut left = most;
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let got = pipe.read(&mut buffer).await.map_err(JailError::Watch)?;
        if got == 0 {
            sink.flush().await.map_err(JailError::Sink)?;
            return Ok(false);
        }
        if got as u64 > left {
            leash.kill();
            return Ok(true);
        }
        left -= got as u64;
        if let Err(error) = sink.write_all(&buffer[..got]).await {
            leash.kill();
            return Err(JailError::Sink(error));
        }
    }
}

/// Reads everything, keeps the end; more than `most` bytes kill the child.
async fn tail(from: OwnedFd, most: u64, leash: &Leash) -> io::Result<(Vec<u8>, bool)> {
    let mut pipe = pipe::Receiver::from_owned_fd(from)?;
    let mut left = most.max(STDERR_TAIL as u64);
    let mut kept = Vec::new();
    let mut buffer = vec![0; 8 * 1024];
    loop {
        let got = pipe.read(&mut buffer).await?;
        if got == 0 {
            return Ok((kept, false));
        }
        kept.extend_from_slice(&buffer[..got]);
        if kept.len() > STDERR_TAIL {
            kept.drain(..kept.len() - STDERR_TAIL);
        }
        if got as u64 > left {
            leash.kill();
            return Ok((kept, true));
        }
        left -= got as u64;
    }
}

/// Reads the exit status. Rust's runtime ends a process that cannot allocate, or
/// whose stack is full, by `SIGABRT` after saying so on standard error.
fn how(status: ExitStatus, stderr: &str) -> How {
    match (status.code(), status.signal()) {
        (Some(code), _) if code == i32::from(LOCK_DOWN_FAILED) => How::LockDownFailed,
        (Some(code), _) => How::Exited(code),
        (None, Some(libc::SIGXCPU)) => How::CpuExceeded,
        (None, Some(libc::SIGABRT)) if stderr.contains("memory allocation of") => How::OutOfMemory,
        (None, Some(libc::SIGABRT)) if stderr.contains("has overflowed its stack") => How::StackOverflow,
        (None, signal) => How::Signalled(signal.unwrap_or(0)),
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
