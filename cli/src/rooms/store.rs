//! The database.

use std::path::Path;

use airlock_store::{Signal, Store, StoreOptions};

use crate::config::Config;
use crate::exit::{Doing as _, Failure};

/// Connects, and brings the schema up to date.
pub(crate) async fn open(config: &Config, signal: Signal) -> Result<Store, Failure> {
    if config.database_is_embedded() {
        make_private(&config.data)?;
    }
    let options = StoreOptions { max_connections: config.database.max_connections, signal, ..StoreOptions::default() };
    let url = config.database_url();
    let store = Store::connect(&url, options).await.map_err(|error| {
        let remedy = match config.database_is_embedded() {
            true => "see that the data folder can be written; --data names another",
            false => "see that the database runs and that database.url names it",
        };
        Failure::ours(error).remedy(remedy)
    })?;
    store.migrate().await.map_err(Failure::from)?;
    Ok(store)
}

/// Connects to a database that is there: a slip of the pen in the folder's name must not make a registry in it.
pub(crate) async fn open_existing(config: &Config, signal: Signal) -> Result<Store, Failure> {
    if config.database_is_embedded() && !config.database_file().is_file() {
        let data = config.data.display();
        return Err(Failure::refused(format!("there is no registry in {data}"))
            .remedy(format!("name its folder with --data, or begin one: airlock serve --data {data}")));
    }
    open(config, signal).await
}

/// Makes a folder that only its owner can read.
pub(crate) fn make_private(dir: &Path) -> Result<(), Failure> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(dir).doing(format_args!("making the folder {}", dir.display()))
}

impl From<airlock_store::StoreError> for Failure {
    fn from(error: airlock_store::StoreError) -> Self {
        use airlock_store::StoreError::{Contradiction, NotFound, Taken, Url, WrongState};
        match error {
            Url => Self::usage(error).remedy("set database.url, or leave it empty for a database in the data folder"),
            NotFound(_) | Taken { .. } | WrongState { .. } | Contradiction(_) => Self::refused(error),
            _ => Self::ours(error),
        }
    }
}
