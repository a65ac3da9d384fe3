//! How many requests one token, or one address without a token, may make in a
//! minute: a bucket that fills steadily and holds a minute's worth.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderValue;
use axum::http::header::{AUTHORIZATION, RETRY_AFTER};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use tokio::time::Instant;

use crate::problem::{Kind, Problem};

/// Above this many buckets, those that are full again are thrown away.
const MOST_BUCKETS: usize = 16 * 1024;

const MINUTE: Duration = Duration::from_secs(60);

#[derive(Debug)]
struct Bucket {
    left: f64,
    at: Instant,
}

/// The buckets of one router.
#[derive(Debug, Clone)]
pub struct RateLimit(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    per_minute: f64,
    buckets: Mutex<HashMap<u64, Bucket>>,
    /// Tokens are not kept, only a keyed hash that means nothing outside this process.
    keys: RandomState,
}

impl RateLimit {
    /// Allows each one `per_minute` requests in a minute.
    #[must_use]
    pub fn new(per_minute: u32) -> Self {
        let per_minute = f64::from(per_minute.max(1));
        Self(Arc::new(Inner { per_minute, buckets: Mutex::default(), keys: RandomState::new() }))
    }

    /// Takes one request from the bucket of `key`, or says how long to wait.
    fn take(&self, key: u64, now: Instant) -> Result<(), Duration> {
        let (most, per_second) = (self.0.per_minute, self.0.per_minute / MINUTE.as_secs_f64());
        let mut buckets = self.0.buckets.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() > MOST_BUCKETS {
            buckets.retain(|_, bucket| now.duration_since(bucket.at) < MINUTE);
        }
        let bucket = buckets.entry(key).or_insert(Bucket { left: most, at: now });
        bucket.left = (bucket.left + now.duration_since(bucket.at).as_secs_f64() * per_second).min(most);
        bucket.at = now;
        if bucket.left < 1.0 {
            return Err(Duration::from_secs_f64((1.0 - bucket.left) / per_second));
        }
        bucket.left -= 1.0;
        Ok(())
    }

    fn key(&self, request: &Request) -> Option<u64> {
        if let Some(token) = request.headers().get(AUTHORIZATION) {
            return Some(self.0.keys.hash_one(token.as_bytes()));
        }
        let ConnectInfo(address) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
        Some(self.0.keys.hash_one(address.ip()))
    }
}

/// Refuses requests beyond the limit. Without a token and without a known address there is nothing to count by.
pub async fn rate_limit(State(limit): State<RateLimit>, request: Request, next: Next) -> Response {
    if let Some(key) = limit.key(&request)
        && let Err(wait) = limit.take(key, Instant::now())
    {
        let seconds = wait.as_secs() + 1;
        return Problem::new(Kind::TooManyRequests, format!("Too many requests. Try again in {seconds} seconds."))
            .header(RETRY_AFTER, HeaderValue::from(seconds))
            .into_response();
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_empties_and_fills_again() {
        let limit = RateLimit::new(60);
        let now = Instant::now();
        for _ in 0..60 {
            assert_eq!(limit.take(1, now), Ok(()));
        }
        assert!(limit.take(1, now).is_err());
        assert_eq!(limit.take(2, now), Ok(()), "another one's bucket is its own");
        assert_eq!(limit.take(1, now + Duration::from_secs(1)), Ok(()));
        assert!(limit.take(1, now + Duration::from_secs(1)).is_err());
    }
}
