//! The long-running side: listening, working, and stopping without losing anything.

use std::fs::File;
use std::future::Future;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use airlock_api::{ApiSettings, ApiState};
use airlock_gate::Gate;
use airlock_worker::{Failpoints, Intervals, WorkerSettings};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::exit::{Doing as _, Failure};
use crate::rooms::{House, TOOL};
use crate::terminal;

/// How long a client may take to send the header of a request.
const HEADER_TIMEOUT: Duration = Duration::from_secs(20);

/// How long open connections, event streams among them, may go on after the server was told to stop.
const GRACE: Duration = Duration::from_secs(5);

/// Begins to listen. Returns the address that was really taken.
pub(crate) async fn listen(config: &Config) -> Result<(TcpListener, SocketAddr), Failure> {
    let taken = |error: std::io::Error| {
        let what = format!("cannot listen on {}: {error}", config.listen);
        let named_wrongly = error.kind() == std::io::ErrorKind::InvalidInput;
        let failure = if named_wrongly { Failure::usage(what) } else { Failure::ours(what) };
        failure.remedy("stop what listens there, or choose another address with --listen, for instance 127.0.0.1:0")
    };
    let listener = TcpListener::bind(&config.listen).await.map_err(taken)?;
    let address = listener.local_addr().map_err(taken)?;
    Ok((listener, address))
}

/// An address under which this machine reaches what listens at `address`.
pub(crate) fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    SocketAddr::new(ip, address.port())
}

/// Answers requests until `shutdown`.
pub(crate) async fn answer(
    house: House,
    config: &Config,
    listener: TcpListener,
    shutdown: CancellationToken,
) -> Result<(), Failure> {
    let address = listener.local_addr().doing("asking for the address listened on")?;
    let settings = ApiSettings {
        public_url: config.public_url(&reachable(address).to_string()),
        registry_version: env!("CARGO_PKG_VERSION").to_owned(),
        tool: TOOL.to_owned(),
        max_upload_bytes: config.limits.archive.compressed_bytes,
        anonymous_read: config.catalogue.anonymous_read,
        requests_per_minute: config.requests_per_minute(),
        ..ApiSettings::default()
    };
    let app = airlock_api::router(ApiState {
        store: house.store,
        quarantine: house.quarantine,
        catalogue: house.catalogue,
        queue: house.queue,
        signal: house.signal,
        settings,
        rules: airlock_scanner::rules::all(),
    });
    let serving = airlock_api::serve(listener, app, HEADER_TIMEOUT, shutdown.clone());
    let out_of_patience = async {
        shutdown.cancelled().await;
        tokio::time::sleep(GRACE).await;
    };
    tokio::select! {
        () = serving => {}
        () = out_of_patience => {}
    }
    Ok(())
}

/// Who a worker is.
pub(crate) struct Identity {
    /// What its name begins with.
    pub(crate) prefix: &'static str,
    /// Whether every worker of that prefix is dead for certain, because only one process at a time may be it.
    pub(crate) alone: bool,
}

/// Works on stages until `shutdown`.
pub(crate) async fn work(
    house: House,
    config: &Config,
    gate: Gate,
    identity: Identity,
    shutdown: CancellationToken,
) -> Result<(), Failure> {
    let failpoints: Failpoints = config.worker.failpoints.parse().map_err(Failure::usage)?;
    let prefix = format!("{}-", identity.prefix);
    let settings = WorkerSettings {
        store: house.store,
        quarantine: house.quarantine,
        catalogue: house.catalogue,
        queue: house.queue,
        gate,
        stages: config.worker.stages.clone(),
        concurrency: config.worker.concurrency,
        worker_name: format!("{prefix}{}", uuid::Uuid::new_v4().simple()),
        replaces: identity.alone.then_some(prefix),
        work_dir: config.data.join("work"),
        intervals: Intervals::default(),
        failpoints,
    };
    airlock_worker::run(settings, shutdown).await.map_err(|error| {
        Failure::ours(error).remedy("see worker.stages, worker.concurrency and the data folder in the configuration")
    })
}

/// Ends with the first of: a signal to stop, or the end of one part. The other
/// parts are then told to stop and waited for.
pub(crate) async fn until_stopped(
    shutdown: CancellationToken,
    parts: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let mut parts = std::pin::pin!(parts);
    tokio::select! {
        ended = &mut parts => return ended,
        () = asked_to_stop() => {}
    }
    tracing::info!("stopping: running stages may end, nothing new is begun");
    terminal::bars().clear().doing("clearing progress")?;
    shutdown.cancel();
    tokio::select! {
        ended = &mut parts => ended,
        () = asked_to_stop() => Err(Failure::ours("stopped at once, at the second request")
            .remedy("nothing is lost: what was under way is taken up again at the next start")),
    }
}

/// Runs two parts; when one fails, the other is told to stop.
pub(crate) async fn together(
    shutdown: &CancellationToken,
    first: impl Future<Output = Result<(), Failure>>,
    second: impl Future<Output = Result<(), Failure>>,
) -> Result<(), Failure> {
    let stopping = |part: Result<(), Failure>| {
        shutdown.cancel();
        part
    };
    let (first, second) = tokio::join!(async { stopping(first.await) }, async { stopping(second.await) });
    first.and(second)
}

async fn asked_to_stop() {
    let interrupted = tokio::signal::ctrl_c();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminated) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = interrupted => {}
                _ = terminated.recv() => {}
            }
            return;
        }
    }
    let _ = interrupted.await;
}

/// Takes the data folder for this process, so that two servers never share an embedded database.
pub(crate) fn take(data: &Path) -> Result<File, Failure> {
    crate::rooms::store::make_private(data)?;
    let path = data.join("serve.lock");
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.doing(format_args!("opening {}", path.display()))?;
    file.try_lock().map_err(|error| match error {
        std::fs::TryLockError::WouldBlock => {
            Failure::refused(format!("another `airlock serve` uses the data folder {}", data.display()))
                .remedy("stop it, or choose another folder with --data")
        }
        std::fs::TryLockError::Error(error) => Failure::ours(format!("locking {}: {error}", path.display())),
    })?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_listens_everywhere_is_reached_over_loopback() {
        let reached = |text: &str| reachable(text.parse().expect("an address")).to_string();
        assert_eq!(reached("0.0.0.0:8080"), "127.0.0.1:8080");
        assert_eq!(reached("[::]:8080"), "[::1]:8080");
        assert_eq!(reached("192.0.2.1:80"), "192.0.2.1:80");
    }

    #[test]
    fn a_data_folder_belongs_to_one_server() {
        let data = tempfile::tempdir().expect("a folder");
        let held = take(data.path()).expect("free");
        assert!(take(data.path()).expect_err("taken").to_string().contains("another `airlock serve`"));
        drop(held);
        take(data.path()).expect("free again");
    }
}
