//! The clocks of a guest: it hands control back every few milliseconds, and ends when one of them has run out.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use airlock_model::limits::RunLimits;
use rustix::time::ClockId;
use wasmtime::Engine;

use super::calls::{TakesPlace, TooMuch};
use crate::verdict::Ending;

/// How often a running guest hands control back, so that clocks are looked at.
const TICK: Duration = Duration::from_millis(10);

/// Runs a guest on this thread until it ends or a clock ends it. An error is ours: whatever goes wrong before the
/// guest's first instruction.
pub(super) fn run(
    engine: &Engine,
    limits: &RunLimits,
    guest: impl Future<Output = wasmtime::Result<Ending>>,
) -> wasmtime::Result<Ending> {
    let clock = tick(engine);
    // Time only: a reactor for files and sockets would need calls that the jail has closed.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().event_interval(1).build()?;
    let ending = runtime.block_on(async {
        tokio::select! {
            biased;
            () = tokio::time::sleep(Duration::from_millis(limits.wall_ms)) => Ok(Ending::TimedOut),
            () = cpu_exceeded(Duration::from_millis(limits.cpu_ms)) => Ok(Ending::CpuExceeded),
            ending = guest => ending,
        }
    });
    clock.store(true, Ordering::Relaxed);
    ending
}

/// What an error of a guest that has begun means.
pub(super) fn ending(error: &wasmtime::Error) -> Ending {
    if let Some(exit) = error.downcast_ref::<wasmtime_wasi::I32Exit>() {
        Ending::Exited(exit.0)
    } else if error.is::<TooMuch>() {
        Ending::OutputExceeded
    } else if let Some(violation) = error.downcast_ref::<TakesPlace>() {
        Ending::Violated(violation.to_string())
    } else if let Some(trap) = error.downcast_ref::<wasmtime::Trap>() {
        Ending::Trapped(trap.to_string())
    } else {
        Ending::Trapped(error.root_cause().to_string())
    }
}

/// Advances the epoch until told to stop or until the engine is gone.
fn tick(engine: &Engine) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let (weak, stopped) = (engine.weak(), Arc::clone(&stop));
    std::thread::spawn(move || {
        while !stopped.load(Ordering::Relaxed) {
            std::thread::sleep(TICK);
            match weak.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => return,
            }
        }
    });
    stop
}

/// Returns once this process has used that much CPU time.
async fn cpu_exceeded(most: Duration) {
    loop {
        let used = rustix::time::clock_gettime(ClockId::ProcessCPUTime);
        let used = Duration::try_from(used).unwrap_or_default();
        if used >= most {
            return;
        }
        // It cannot be used up faster than on every core; looking more often costs little.
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
