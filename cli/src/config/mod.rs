//! The configuration: one commented default file inside the binary, then a file,
//! then the environment, then flags. This is the one place that reads the
//! environment.

mod environment;
mod file;
mod layers;
pub(crate) mod reference;
mod show;

use std::path::{Path, PathBuf};
use std::time::Duration;

use airlock_model::escape;
use airlock_model::limits::Limits;
use airlock_sandbox::packages::{NotAllowedText, PackageLimits, PackageSettings};
use serde::Deserialize;

pub(crate) use environment::cache_dir;
use environment::docker_host;
pub(crate) use layers::{ConfigError, Layers};
pub(crate) use show::show;

/// The default configuration, with every key explained.
pub(crate) const DEFAULT: &str = include_str!("default.toml");

/// Everything that can be configured. The meaning of each key is in
/// `default.toml`; an empty text there stands for "derive it", which the methods
/// of this type do.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
    pub(crate) listen: String,
    public_url: String,
    pub(crate) data: PathBuf,
    pub(crate) database: Database,
    pub(crate) storage: Storage,
    pub(crate) queue: Queue,
    pub(crate) limits: Limits,
    pub(crate) policy: PolicySource,
    pub(crate) scan: Scan,
    pub(crate) jail: Jail,
    pub(crate) sandbox: Sandbox,
    advisories: Advisories,
    pub(crate) worker: Worker,
    pub(crate) api: Api,
    pub(crate) catalogue: Catalogue,
    pub(crate) log: Log,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Database {
    url: String,
    pub(crate) max_connections: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Storage {
    pub(crate) kind: StorageKind,
    pub(crate) fs: StorageFs,
    pub(crate) s3: StorageS3,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum StorageKind {
    Fs,
    S3,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StorageFs {
    quarantine: String,
    catalogue: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct StorageS3 {
    pub(crate) endpoint: String,
    pub(crate) region: String,
    pub(crate) path_style: bool,
    pub(crate) quarantine_bucket: String,
    pub(crate) catalogue_bucket: String,
    pub(crate) access_key_id: String,
    pub(crate) secret_access_key: String,
    catalogue_access_key_id: String,
    catalogue_secret_access_key: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Queue {
    pub(crate) kind: QueueKind,
    pub(crate) redis_url: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum QueueKind {
    Memory,
    Redis,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicySource {
    pub(crate) file: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Scan {
    yara_dir: String,
    pub(crate) yara_worst: airlock_model::Severity,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Jail {
    pub(crate) allow_weaker: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sandbox {
    pub(crate) engine: Engine,
    runtime_dir: String,
    site_dir: String,
    seed: u64,
    packages: SandboxPackages,
    pub(crate) docker: Docker,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct SandboxPackages {
    allow: Vec<String>,
    wheelhouse: String,
    index: String,
    dir: String,
    most: usize,
    unpacked_bytes: u64,
    files: u64,
    seconds: u64,
    keep_bytes: u64,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Docker {
    host: String,
    pub(crate) image: String,
    runtime: String,
    pub(crate) cpus: u32,
    pub(crate) pool: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Engine {
    Wasm,
    Docker,
    Auto,
    None,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Advisories {
    dir: String,
    max_age_days: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Worker {
    pub(crate) stages: Vec<airlock_model::StageName>,
    pub(crate) concurrency: usize,
    pub(crate) failpoints: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Api {
    requests_per_minute: u32,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Catalogue {
    pub(crate) anonymous_read: bool,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Log {
    pub(crate) format: LogFormat,
    pub(crate) level: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// What is wrong with the settings of packages.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PackagesError {
    /// An entry of the list allows nothing.
    #[error("sandbox.packages.allow: {0}")]
    Allow(#[from] NotAllowedText),
    /// The folder is not there.
    #[error("sandbox.packages.wheelhouse: there is no folder {}", escape::line(&.0.to_string_lossy()))]
    NoWheelhouse(PathBuf),
}

fn given(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

impl Config {
    /// The address people reach the registry under, without a slash at its end.
    pub(crate) fn public_url(&self, listening_on: &str) -> String {
        given(&self.public_url)
            .map_or_else(|| format!("http://{listening_on}"), |url| url.trim_end_matches('/').to_owned())
    }

    /// The database's address.
    pub(crate) fn database_url(&self) -> String {
        given(&self.database.url).map_or_else(|| format!("sqlite:{}", self.database_file().display()), str::to_owned)
    }

    /// The file of the embedded database.
    pub(crate) fn database_file(&self) -> PathBuf {
        self.data.join("airlock.db")
    }

    /// Whether the database is the embedded one in the data folder.
    pub(crate) fn database_is_embedded(&self) -> bool {
        self.database.url.is_empty()
    }

    /// The quarantine's folder, for storage of kind `fs`.
    pub(crate) fn quarantine_dir(&self) -> PathBuf {
        self.objects(&self.storage.fs.quarantine, "quarantine")
    }

    /// The catalogue's folder, for storage of kind `fs`.
    pub(crate) fn catalogue_dir(&self) -> PathBuf {
        self.objects(&self.storage.fs.catalogue, "catalogue")
    }

    fn objects(&self, configured: &str, name: &str) -> PathBuf {
        given(configured).map_or_else(|| self.data.join("objects").join(name), PathBuf::from)
    }

    /// Access key and secret for the catalogue's bucket.
    pub(crate) fn catalogue_credentials(&self) -> (&str, &str) {
        let s3 = &self.storage.s3;
        match given(&s3.catalogue_access_key_id) {
            Some(id) => (id, &s3.catalogue_secret_access_key),
            None => (&s3.access_key_id, &s3.secret_access_key),
        }
    }

    /// Requests that one caller may make in a minute, where there is a limit.
    pub(crate) fn requests_per_minute(&self) -> Option<u32> {
        (self.api.requests_per_minute > 0).then_some(self.api.requests_per_minute)
    }

    /// The folder of the sandbox's interpreter.
    pub(crate) fn runtime_dir(&self) -> PathBuf {
        given(&self.sandbox.runtime_dir).map_or_else(|| cache_dir().join("runtime"), PathBuf::from)
    }

    /// The operator's folder of advisories.
    pub(crate) fn advisories_dir(&self) -> PathBuf {
        given(&self.advisories.dir).map_or_else(|| self.data.join("advisories"), PathBuf::from)
    }

    /// After how long without a new record advisories are old.
    pub(crate) fn advisories_max_age(&self) -> Duration {
        Duration::from_secs(u64::from(self.advisories.max_age_days) * 24 * 60 * 60)
    }

    /// The container engine's address; empty stands for the usual socket.
    pub(crate) fn docker_host(&self) -> String {
        given(&self.sandbox.docker.host).map_or_else(|| docker_host().unwrap_or_default(), str::to_owned)
    }

    /// The container runtime, where it is not to be the engine's own choice.
    pub(crate) fn docker_runtime(&self) -> Option<&str> {
        given(&self.sandbox.docker.runtime)
    }

    /// The operator's folder of YARA rules.
    pub(crate) fn yara_dir(&self) -> Option<&Path> {
        given(&self.scan.yara_dir).map(Path::new)
    }

    /// Where rule pages are served, if the registry's address is configured.
    pub(crate) fn rules_at(&self) -> Option<&str> {
        given(&self.public_url).map(|url| url.trim_end_matches('/'))
    }

    /// The folder that keeps packages that were fetched for tests.
    pub(crate) fn packages_dir(&self) -> PathBuf {
        given(&self.sandbox.packages.dir).map_or_else(|| cache_dir().join("packages"), PathBuf::from)
    }

    /// Which packages tests may be given, and where those come from.
    pub(crate) fn packages(&self) -> Result<PackageSettings, PackagesError> {
        let packages = &self.sandbox.packages;
        let allow = packages.allow.iter().map(|text| text.parse()).collect::<Result<_, _>>()?;
        let wheelhouse = match given(&packages.wheelhouse).map(PathBuf::from) {
            Some(folder) if !folder.is_dir() => return Err(PackagesError::NoWheelhouse(folder)),
            // pip runs in a folder of its own.
            Some(folder) => Some(folder.canonicalize().map_err(|_| PackagesError::NoWheelhouse(folder))?),
            None => None,
        };
        Ok(PackageSettings {
            allow,
            wheelhouse,
            index: given(&packages.index).map(str::to_owned),
            cache: self.packages_dir(),
            environment: environment::for_pip(),
            limits: PackageLimits {
                most: packages.most,
                unpacked_bytes: packages.unpacked_bytes,
                files: packages.files,
                time: Duration::from_secs(packages.seconds),
            },
            keep_bytes: packages.keep_bytes,
        })
    }

    /// What randomness in wasm begins with, where it is to be the same in each run.
    pub(crate) fn wasm_seed(&self) -> Option<u64> {
        Some(self.sandbox.seed).filter(|seed| *seed != 0)
    }

    /// The operator's folder of packages that tests may import.
    pub(crate) fn site_dir(&self) -> Option<&Path> {
        given(&self.sandbox.site_dir).map(Path::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn default() -> Config {
        Layers::new().config().expect("the built-in configuration is valid")
    }

    #[test]
    fn the_default_file_states_the_default_limits() {
        assert_eq!(default().limits, Limits::default());
    }

    #[test]
    fn what_is_left_empty_is_derived() {
        let config = default();
        assert_eq!(config.public_url("127.0.0.1:4000"), "http://127.0.0.1:4000");
        assert_eq!(config.database_url(), "sqlite:./airlock-data/airlock.db");
        assert_eq!(config.quarantine_dir(), Path::new("./airlock-data/objects/quarantine"));
        assert_eq!(config.catalogue_dir(), Path::new("./airlock-data/objects/catalogue"));
        assert_eq!(config.advisories_dir(), Path::new("./airlock-data/advisories"));
        assert_eq!(config.site_dir(), None);
        assert_eq!(config.wasm_seed(), None);
        assert_eq!(config.packages().expect("valid").allow, []);
    }

    #[test]
    fn a_wrong_setting_of_packages_names_its_key() {
        let refused = |key: &str, value: &str| {
            let mut layers = Layers::new();
            layers.set("--set", key, value).expect("known key");
            layers.config().expect("valid").packages().expect_err("refused").to_string()
        };
        let said = refused("sandbox.packages.allow", "attrs, -r");
        assert!(said.starts_with("sandbox.packages.allow: '-r' is no package's name"), "{said}");
        let said = refused("sandbox.packages.wheelhouse", "/nonexistent");
        assert_eq!(said, "sandbox.packages.wheelhouse: there is no folder /nonexistent");
    }

    #[test]
    fn what_is_given_is_taken() {
        let mut layers = Layers::new();
        layers.set("--set", "public_url", "https://example.org/registry/").expect("known key");
        layers.set("--set", "storage.s3.catalogue_access_key_id", "other").expect("known key");
        layers.set("--set", "storage.fs.catalogue", "/srv/catalogue").expect("known key");
        let config = layers.config().expect("valid");
        assert_eq!(config.public_url("127.0.0.1:4000"), "https://example.org/registry");
        assert_eq!(config.catalogue_credentials(), ("other", ""));
        assert_eq!(config.catalogue_dir(), Path::new("/srv/catalogue"));
    }
}
