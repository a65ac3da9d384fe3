//! Threads with stacks large enough for the deepest tree the pre-check lets pass,
//! and panics turned into values.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::{ThreadPool, ThreadPoolBuildError, ThreadPoolBuilder};

/// One stack. The pre-check lets at most about 4500 levels pass; a level costs a
/// few kilobytes of stack in an unoptimised build.
const STACK_BYTES: usize = 64 * 1024 * 1024;

/// Something of ours panicked; the text says what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) String);

/// Runs on a thread of its own with a large stack.
pub(crate) fn on_big_stack<T: Send>(work: impl FnOnce() -> T + Send) -> Result<T, Fault> {
    std::thread::scope(|scope| {
        std::thread::Builder::new()
            .name("scan".into())
            .stack_size(STACK_BYTES)
            .spawn_scoped(scope, || guarded(work))
            .map_err(|error| Fault(error.to_string()))?
            .join()
            .unwrap_or_else(|_| Err(Fault("the thread ended abnormally".into())))
    })
}

/// The threads of a scan: so many, or as many as there are processors where `jobs` is 0, all with large stacks.
///
/// # Errors
///
/// Where the system gives no more threads.
pub fn threads(jobs: usize) -> Result<ThreadPool, ThreadPoolBuildError> {
    let named = |index| format!("scan-{index}");
    ThreadPoolBuilder::new().num_threads(jobs).stack_size(STACK_BYTES).thread_name(named).build()
}

/// Runs `work`, and gives a panic's message instead of unwinding further.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| {
        let text = panic
            .downcast_ref::<&str>()
            .map(|text| (*text).to_owned())
            .or_else(|| panic.downcast_ref::<String>().cloned())
            .unwrap_or_else(|| "a panic without a message".into());
        Fault(text)
    })
}
