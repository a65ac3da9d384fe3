//! The child's side of a run: lock down, unpack, run the interpreter once, tell the facts.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use wasmtime::{Engine, Linker, Store};
use wasmtime_wasi::WasiCtxBuilder;
use wasmtime_wasi::p2::pipe::MemoryInputPipe;

use super::calls::{self, Guest};
use super::clocks;
use super::coarse;
use super::engine::{engine, load};
use super::facts::{Answer, Facts, Orders};
use super::folders::FOLDERS;
use super::image;
use super::meter::Meter;
use super::unpack::unpack;
use crate::jail::{self, Protection, lock_down};
use crate::job::Job;
use crate::probe::Decoys;
use crate::verdict::Ending;

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
        Ok(facts) if facts.counts.host_full => Answer::HostFull,
        Ok(facts) => Answer::Facts(Box::new(facts)),
        Err(error) if is_full(&error) => Answer::HostFull,
        Err(error) => Answer::Failed(error.to_string()),
    };
    let text = serde_json::to_vec(&answer).expect("facts hold only what JSON can hold");
    let mut stdout = io::stdout().lock();
    if stdout.write_all(&text).and_then(|()| stdout.flush()).is_ok() { ExitCode::SUCCESS } else { ExitCode::from(3) }
}

/// Whether the host has no room left, as told while the plugin was put into its place.
fn is_full(error: &wasmtime::Error) -> bool {
    let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
    matches!(kind, Some(io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded))
}

fn run(orders: &Orders, protection: Protection) -> wasmtime::Result<Facts> {
    for folder in ["plugin", "tmp", "settings", "nothing"] {
        std::fs::create_dir(orders.private.join(folder))?;
    }
    let plugin = orders.private.join("plugin");
    unpack(io::stdin().lock(), &orders.plugin, &plugin)?;
    std::fs::write(orders.private.join("settings/pytest.ini"), "[pytest]\n")?;
    let nonce = format!("{:032x}", rand::random::<u128>());
    let job = prepared(orders, &plugin)?;
    let mut meter = Meter::new(orders.limits.clone(), &FOLDERS.map(|(name, _)| name));
    let since = Instant::now();
    let ending;
    if matches!(&job, Job::Tests { paths } | Job::Collect { paths } if paths.is_empty()) {
        ending = Ending::NothingToRun;
    } else {
        let engine = engine()?;
        let mut store = store(orders, &engine, meter, &job, &nonce)?;
        ending = clocks::run(&engine, &orders.limits, start(orders, &engine, &mut store))?;
        meter = store.into_data().meter;
    }
    let guest_ms = u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX);
    let (counts, printed, report) = meter.finish();
    let (output, output_cut) = printed.finish();
    Ok(Facts { ending, counts, output, output_cut, report, nonce, protection, guest_ms })
}

/// The job as it can be done: of the paths that were asked for those that are there
/// (without a wish, `tests`), and the decoys in their places.
fn prepared(orders: &Orders, plugin: &Path) -> io::Result<Job> {
    let existing = |paths: &[String]| {
        let here = |path: &String| plugin.join(path).exists();
        let wanted: Vec<String> = paths.iter().filter(|path| here(path)).cloned().collect();
        if wanted.is_empty() { ["tests".to_owned()].into_iter().filter(here).collect() } else { wanted }
    };
    Ok(match &orders.job {
        Job::Tests { paths } => Job::Tests { paths: existing(paths) },
        Job::Collect { paths } => Job::Collect { paths: existing(paths) },
        probe @ Job::Probe { decoys, .. } => {
            lay_out(decoys, &orders.private)?;
            probe.clone()
        }
    })
}

/// Writes the decoy files into the guest's home folder, which no guest has seen yet.
fn lay_out(decoys: &Decoys, private: &Path) -> io::Result<()> {
    let home = private.join(Decoys::HOME.trim_start_matches('/'));
    for (path, text) in &decoys.files {
        let place = home.join(path);
        if let Some(folder) = place.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(place, text)?;
    }
    Ok(())
}

/// What our module in the guest reads from its standard input.
fn settings(nonce: &str, job: &Job) -> String {
    let mut settings = job.settings();
    settings["nonce"] = nonce.into();
    settings["roots"] = serde_json::json!(["/plugin", "/plugin/src", "/extra"]);
    settings["environment"] = match job {
        Job::Probe { decoys, .. } => {
            let home = ("HOME".to_owned(), Decoys::HOME.to_owned());
            serde_json::Map::from_iter(
                decoys.variables.iter().cloned().chain([home]).map(|(name, value)| (name, value.into())),
            )
            .into()
        }
        Job::Tests { .. } | Job::Collect { .. } => serde_json::json!({}),
    };
    format!("{settings}\n")
}

/// Where what the guest finds open lies, in the order of [`FOLDERS`].
fn folders(orders: &Orders) -> [PathBuf; FOLDERS.len()] {
    let private = |folder| orders.private.join(folder);
    let there = |place: &Option<PathBuf>| place.clone().unwrap_or_else(|| private("nothing"));
    [
        private("settings"),
        private("plugin"),
        orders.site.clone(),
        there(&orders.extra_site),
        there(&orders.layer),
        private("tmp"),
    ]
}

fn store(orders: &Orders, engine: &Engine, meter: Meter, job: &Job, nonce: &str) -> wasmtime::Result<Store<Guest>> {
    let mut builder = WasiCtxBuilder::new();
    builder
        .stdin(MemoryInputPipe::new(settings(nonce, job)))
        // Files are read on this thread; sleeping, which would block it too, is ours (calls.rs).
        .allow_blocking_current_thread(true)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false);
    coarse::equip(&mut builder, orders.seed);
    for (place, (name, access)) in folders(orders).iter().zip(FOLDERS) {
        builder.preopened_dir(place, name, access)?;
    }
    let mut store = Store::new(engine, Guest { wasi: builder.build_p1(), meter });
    store.limiter(|guest| &mut guest.meter);
    store.set_epoch_deadline(1);
    store.epoch_deadline_async_yield_and_update(1);
    Ok(store)
}

/// Lets the guest go on from its image.
async fn start(orders: &Orders, engine: &Engine, store: &mut Store<Guest>) -> wasmtime::Result<Ending> {
    let module = load(engine, &orders.compiled)?;
    let mut linker = Linker::new(engine);
    calls::link(&mut linker)?;
    let instance = linker.instantiate_async(&mut *store, &module).await?;
    let (go_on, run) = image::restore(&orders.image, instance, &mut *store)?;
    Ok(go_on.call_async(store, run).await.map_or_else(|error| clocks::ending(&error), |_| Ending::Exited(0)))
}
