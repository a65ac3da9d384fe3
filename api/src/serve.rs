//! Serving the router over TCP: a client that sends its header slowly is shut out,
//! and a shutdown lets running requests end.

use std::convert::Infallible;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt as _;

/// How long to wait after a connection could not be accepted, mostly for want of descriptors.
const BREATH: Duration = Duration::from_millis(100);

/// How long a client that was answered early may go on sending before the connection is closed.
const LINGER: Duration = Duration::from_secs(2);

/// Serves until `shutdown`, then lets running requests end; drop the future to end them at once. A
/// connection whose request header is not whole within `header_timeout` is closed.
pub async fn serve(listener: TcpListener, router: Router, header_timeout: Duration, shutdown: CancellationToken) {
    let connections = TaskTracker::new();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = shutdown.cancelled() => break,
        };
        match accepted {
            Ok((stream, peer)) => {
                let connection = connection(stream, peer, router.clone(), header_timeout, shutdown.clone());
                connections.spawn(connection);
            }
            Err(error) => wait_for_better(&error).await,
        }
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

/// A client that is gone before it was accepted is nobody's fault; anything else may pass in a while.
async fn wait_for_better(error: &io::Error) {
    let gone = [io::ErrorKind::ConnectionAborted, io::ErrorKind::ConnectionReset, io::ErrorKind::ConnectionRefused];
    if !gone.contains(&error.kind()) {
        tracing::error!(%error, "no connection could be accepted");
        tokio::time::sleep(BREATH).await;
    }
}

async fn connection(
    stream: TcpStream,
    peer: SocketAddr,
    router: Router,
    header_timeout: Duration,
    shutdown: CancellationToken,
) {
    let service = service_fn(move |request| answer(router.clone(), peer, request));
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(header_timeout);
    let mut connection = builder.serve_connection(TokioIo::new(stream), service);
    let ended = tokio::select! {
        ended = poll_fn(|cx| connection.poll_without_shutdown(cx)) => ended,
        () = shutdown.cancelled() => {
            Pin::new(&mut connection).graceful_shutdown();
            poll_fn(|cx| connection.poll_without_shutdown(cx)).await
        }
    };
    match ended {
        Ok(()) => linger(connection.into_parts().io.into_inner()).await,
        Err(error) => tracing::debug!(peer.address = %peer, %error, "a connection ended early"),
    }
}

/// Lets a client that was answered in the middle of its upload read that answer: a connection that is
/// closed over unread bytes is reset, and the answer is lost with it.
async fn linger(mut stream: TcpStream) {
    let drained = async {
        stream.shutdown().await?;
        let mut thrown_away = vec![0; 64 * 1024];
        while stream.read(&mut thrown_away).await? > 0 {}
        io::Result::Ok(())
    };
    // Whoever is gone already, or goes on sending for longer, has had the chance.
    let _ = tokio::time::timeout(LINGER, drained).await;
}

type Answer = Pin<Box<dyn Future<Output = Result<Response, Infallible>> + Send>>;

fn answer(router: Router, peer: SocketAddr, request: hyper::Request<Incoming>) -> Answer {
    let mut request: Request = request.map(Body::new);
    request.extensions_mut().insert(ConnectInfo(peer));
    Box::pin(router.oneshot(request))
}
