//! What a guest can tell the time and draw lots with.

use std::time::Duration;

use rand::SeedableRng as _;
use rand::rngs::StdRng;
use wasmtime_wasi::clocks::{monotonic_clock, wall_clock};
use wasmtime_wasi::{HostMonotonicClock, HostWallClock, WasiCtxBuilder};

/// The least that the guest's clocks move by, whatever the host's can do: too much to time
/// by it what others do on the same processor, and less than what tests wait for.
const RESOLUTION: Duration = Duration::from_micros(100);
/// The same in nanoseconds.
const STEP: u32 = 100_000;

struct Coarse<C>(C);

impl HostWallClock for Coarse<Box<dyn HostWallClock + Send>> {
    fn resolution(&self) -> Duration {
        RESOLUTION
    }

    fn now(&self) -> Duration {
        let now = self.0.now();
        Duration::new(now.as_secs(), now.subsec_nanos() / STEP * STEP)
    }
}

impl HostMonotonicClock for Coarse<Box<dyn HostMonotonicClock + Send>> {
    fn resolution(&self) -> u64 {
        STEP.into()
    }

    fn now(&self) -> u64 {
        let step = u64::from(STEP);
        self.0.now() / step * step
    }
}

/// Gives a guest its clocks and its randomness: the system's, or with a `seed` the same in each run.
pub(super) fn equip(builder: &mut WasiCtxBuilder, seed: Option<u64>) {
    builder.wall_clock(Coarse(wall_clock())).monotonic_clock(Coarse(monotonic_clock()));
    if let Some(seed) = seed {
        builder
            .secure_random(StdRng::seed_from_u64(seed))
            .insecure_random(StdRng::seed_from_u64(seed))
            .insecure_random_seed(seed.into());
    }
}
