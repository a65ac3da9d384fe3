//! The child's side of a run: lock down, unpack, run the interpreter once, tell the facts.

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustix::time::ClockId;
use wasmtime::{Engine, Linker, Store, Trap};
use wasmtime_wasi::p2::pipe::MemoryInputPipe;
use wasmtime_wasi::{FsPerms, I32Exit, WasiCtxBuilder};

use super::calls::{self, Guest, TooMuch};
use super::engine::{engine, load};
use super::facts::{Answer, Ending, Facts, Orders};
use super::meter::Meter;
use super::unpack::unpack;
use crate::jail::{self, Protection, lock_down};

/// How often a running guest hands control back, so that clocks are looked at.
const TICK: Duration = Duration::from_millis(10);

/// Runs in the jailed child: `args` holds the orders. Must be called before
/// anything else in the process has started a thread or opened a file.
#[must_use]
pub fn jailed_main(args: &[String]) -> ExitCode {
    let Some(orders) = args.first().and_then(|text| serde_json::from_str::<Orders>(text).ok()) else {
        let _ = writeln!(io::stderr(), "the jailed child got no orders that it understands");
        return ExitCode::from(2);
    };
    let protection = match lock_down(&orders.profile) {
        Ok(protection) => protection,
        Err(error) => return jail::refuse(&error),
    };
    let answer = match run(&orders, protection) {
        Ok(facts) => Answer::Facts(Box::new(facts)),
        Err(error) => Answer::Failed(error.to_string()),
    };
    let text = serde_json::to_vec(&answer).expect("facts hold only what JSON can hold");
    let mut stdout = io::stdout().lock();
    if stdout.write_all(&text).and_then(|()| stdout.flush()).is_ok() { ExitCode::SUCCESS } else { ExitCode::from(3) }
}

fn run(orders: &Orders, protection: Protection) -> wasmtime::Result<Facts> {
    for folder in ["plugin", "tmp", "root"] {
        std::fs::create_dir(orders.private.join(folder))?;
    }
    let plugin = orders.private.join("plugin");
    unpack(io::stdin().lock(), &orders.plugin, &plugin)?;
    std::fs::write(orders.private.join("root/pytest.ini"), "[pytest]\n")?;
    let nonce = format!("{:032x}", rand::random::<u128>());
    let paths = existing(orders, &plugin);
    let mut meter = Meter::new(orders.limits.clone());
    let since = Instant::now();
    let ending;
    if paths.is_empty() {
        ending = Ending::NothingToRun;
    } else {
        let engine = engine()?;
        let mut store = store(orders, &engine, meter, &settings(&nonce, &paths))?;
        let clock = tick(&engine);
        // Time only: a reactor for files and sockets would need calls that the jail has closed.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().event_interval(1).build()?;
        ending = runtime.block_on(bounded(orders, &engine, &mut store));
        clock.store(true, Ordering::Relaxed);
        meter = store.into_data().meter;
    }
    let guest_ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (counts, output, report) = meter.finish();
    Ok(Facts { ending, counts, output, report, nonce, protection, guest_ms })
}

/// Of what was asked for, what is there; without a wish, `tests` or whatever the plugin holds.
fn existing(orders: &Orders, plugin: &Path) -> Vec<String> {
    let here = |path: &String| plugin.join(path).exists();
    let wanted: Vec<String> = orders.paths.iter().filter(|path| here(path)).cloned().collect();
    if !wanted.is_empty() {
        return wanted;
    }
    ["tests".to_owned()].into_iter().filter(here).collect()
}

/// What the launcher reads from its standard input.
fn settings(nonce: &str, paths: &[String]) -> String {
    let roots = ["/plugin", "/plugin/src", "/extra"];
    format!("{}\n", serde_json::json!({ "nonce": nonce, "paths": paths, "roots": roots }))
}

fn store(orders: &Orders, engine: &Engine, meter: Meter, settings: &str) -> wasmtime::Result<Store<Guest>> {
    const START: &str = "import sys; sys.path.insert(0, '/site'); import airlock_runner; airlock_runner.main()";
    let mut builder = WasiCtxBuilder::new();
    builder
        .args(&["python", "-I", "-B", "-u", "-c", START])
        .stdin(MemoryInputPipe::new(settings.to_owned()))
        // Files are read on this thread; sleeping, which would block it too, is ours (calls.rs).
        .allow_blocking_current_thread(true)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false);
    let readable = [("root", "/root"), ("plugin", "/plugin")];
    for (folder, name) in readable {
        builder.preopened_dir(orders.private.join(folder), name, FsPerms::ReadOnly)?;
    }
    builder.preopened_dir(&orders.site, "/site", FsPerms::ReadOnly)?;
    if let Some(extra) = &orders.extra_site {
        builder.preopened_dir(extra, "/extra", FsPerms::ReadOnly)?;
    }
    builder.preopened_dir(orders.private.join("tmp"), "/tmp", FsPerms::ReadWrite)?;
    let mut store = Store::new(engine, Guest { wasi: builder.build_p1(), meter });
    store.limiter(|guest| &mut guest.meter);
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);
    Ok(store)
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

/// Runs the guest until it ends or a clock ends it.
async fn bounded(orders: &Orders, engine: &Engine, store: &mut Store<Guest>) -> Ending {
    tokio::select! {
        biased;
        () = tokio::time::sleep(Duration::from_millis(orders.limits.wall_ms)) => Ending::TimedOut,
        () = cpu_exceeded(Duration::from_millis(orders.limits.cpu_ms)) => Ending::CpuExceeded,
        result = start(orders, engine, store) => match result {
            Ok(()) => Ending::Exited(0),
            Err(error) => ending(&error),
        },
    }
}

async fn start(orders: &Orders, engine: &Engine, store: &mut Store<Guest>) -> wasmtime::Result<()> {
    let module = load(engine, &orders.compiled)?;
    let mut linker = Linker::new(engine);
    calls::link(&mut linker)?;
    let instance = linker.instantiate_async(&mut *store, &module).await?;
    let main = instance.get_typed_func::<(), ()>(&mut *store, "_start")?;
    main.call_async(store, ()).await
}

fn ending(error: &wasmtime::Error) -> Ending {
    if let Some(exit) = error.downcast_ref::<I32Exit>() {
        Ending::Exited(exit.0)
    } else if error.is::<TooMuch>() {
        Ending::OutputExceeded
    } else if let Some(trap) = error.downcast_ref::<Trap>() {
        Ending::Trapped(trap.to_string())
    } else {
        Ending::Trapped(error.root_cause().to_string())
    }
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
