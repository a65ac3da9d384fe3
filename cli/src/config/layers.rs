//! Laying one source of settings over another.
//!
//! The default file names every key there is, so a key that it lacks is unknown,
//! and the kind of value it gives is the kind of value that is expected. Only limits
//! of one type of plugin are not in it: they are as those of all runs.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

use airlock_model::escape;
use airlock_model::manifest::PluginType;
use toml::{Table, Value};

use super::{Config, DEFAULT, environment, file};

/// Why the configuration cannot be used. Every message names the place and the way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ConfigError {
    /// The file cannot be read.
    #[error("the configuration file {file} cannot be read: {why}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system said.
        why: String,
    },
    /// The file is not TOML.
    #[error("{file} is not valid TOML: {message}")]
    Toml {
        /// The file.
        file: String,
        /// What the reader says, with line and column.
        message: String,
    },
    /// There is no such key.
    #[error("{place}: there is no setting {}{}", escape::quoted(.key), nearest_words(.nearest.as_deref()))]
    UnknownKey {
        /// Where it was given.
        place: Origin,
        /// The key as it was given.
        key: String,
        /// The key that was probably meant.
        nearest: Option<String>,
    },
    /// The value is of the wrong kind.
    #[error("{place}: {key} must be {expected}, not {}", escape::quoted(.found))]
    WrongKind {
        /// Where it was given.
        place: Origin,
        /// The key.
        key: String,
        /// What is expected, with its article.
        expected: &'static str,
        /// What was given.
        found: String,
    },
    /// The value is of the right kind and yet not one of those that are allowed.
    #[error("{place}: {key}: {why}")]
    Refused {
        /// Where it was given.
        place: Origin,
        /// The key.
        key: String,
        /// What is wrong with it.
        why: String,
    },
}

fn nearest_words(nearest: Option<&str>) -> String {
    nearest.map_or_else(|| "; `airlock config` lists them all".to_owned(), |key| format!("; the nearest is `{key}`"))
}

/// Where a value comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Origin {
    /// The default file.
    Default,
    /// A line of a file.
    File(String, usize),
    /// An environment variable.
    Environment(String),
    /// A flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(file, line) => write!(f, "{}:{line}", escape::line(file)),
            Self::Environment(name) => f.write_str(&escape::line(name)),
            Self::Flag(flag) => f.write_str(flag),
        }
    }
}

/// One setting with its origin.
#[derive(Debug, Clone)]
pub(super) struct Setting {
    pub(super) value: Value,
    pub(super) origin: Origin,
}

/// All settings by dotted key, the later source winning.
#[derive(Debug, Clone)]
pub(crate) struct Layers {
    pub(super) settings: BTreeMap<String, Setting>,
}

impl Layers {
    /// The defaults.
    pub(crate) fn new() -> Self {
        let entries = file::entries("default.toml", DEFAULT).expect("the built-in configuration is tested to parse");
        let settings = entries
            .into_iter()
            .map(|entry| (entry.key, Setting { value: entry.value, origin: Origin::Default }))
            .collect();
        Self { settings }
    }

    /// Lays a file over what is there.
    pub(crate) fn file(&mut self, path: &Path) -> Result<(), ConfigError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(|error| ConfigError::Unreadable { file: escape::line(&name), why: error.to_string() })?;
        for entry in file::entries(&name, &text)? {
            self.put(entry.key, entry.value, Origin::File(name.clone(), entry.line))?;
        }
        Ok(())
    }

    /// Lays the environment over what is there.
    pub(crate) fn environment(&mut self) -> Result<(), ConfigError> {
        for variable in environment::settings() {
            self.put_text(&variable.key, &variable.text, Origin::Environment(variable.name))?;
        }
        Ok(())
    }

    /// Lays one flag's value over what is there.
    pub(crate) fn set(&mut self, flag: &'static str, key: &str, text: &str) -> Result<(), ConfigError> {
        self.put_text(key, text, Origin::Flag(flag))
    }

    fn put_text(&mut self, key: &str, text: &str, origin: Origin) -> Result<(), ConfigError> {
        let value = match self.settings.get(&*model(key)).map(|setting| &setting.value) {
            Some(Value::Integer(_)) => text.replace('_', "").parse().map(Value::Integer).ok(),
            Some(Value::Boolean(_)) => text.parse().map(Value::Boolean).ok(),
            Some(Value::Array(_)) => {
                let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
                Some(Value::Array(words.map(Value::from).collect()))
            }
            _ => None,
        };
        self.put(key.to_owned(), value.unwrap_or_else(|| Value::from(text)), origin)
    }

    fn put(&mut self, key: String, value: Value, origin: Origin) -> Result<(), ConfigError> {
        let Some(setting) = self.settings.get(&*model(&key)) else {
            let nearest = nearest(&key, self.settings.keys());
            return Err(ConfigError::UnknownKey { place: origin, key, nearest });
        };
        if !value.same_type(&setting.value) {
            let found = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            return Err(ConfigError::WrongKind { place: origin, expected: kind(&setting.value), key, found });
        }
        self.settings.insert(key, Setting { value, origin });
        Ok(())
    }

    /// The typed configuration.
    pub(crate) fn config(&self) -> Result<Config, ConfigError> {
        self.table(self.settings.keys()).try_into().map_err(|error| self.blame(&error))
    }

    fn table<'a>(&self, keys: impl Iterator<Item = &'a String>) -> Table {
        let mut root = Table::new();
        for key in keys {
            let mut table = &mut root;
            let mut parts = key.split('.').peekable();
            while let Some(part) = parts.next() {
                if parts.peek().is_none() {
                    table.insert(part.to_owned(), self.settings[key].value.clone());
                } else {
                    let next = table.entry(part).or_insert_with(|| Value::Table(Table::new()));
                    table = next.as_table_mut().expect("no key of the default file is both a value and a section");
                }
            }
        }
        root
    }

    /// Finds the one setting that the typed form refuses, by putting each of those
    /// that were changed back to its default.
    fn blame(&self, error: &toml::de::Error) -> ConfigError {
        let defaults = Self::new();
        let culprit = self.settings.iter().find(|(key, setting)| {
            let mut without = defaults.clone();
            without.settings.insert((*key).clone(), (*setting).clone());
            setting.origin != Origin::Default && without.table(without.settings.keys()).try_into::<Config>().is_err()
        });
        let why = error.message().replace('\n', " ").trim().to_owned();
        match culprit {
            Some((key, setting)) => ConfigError::Refused { place: setting.origin.clone(), key: key.clone(), why },
            None => ConfigError::Refused { place: Origin::Default, key: "configuration".to_owned(), why },
        }
    }
}

/// The key of the default file that says whether there is a key and of what kind it is:
/// itself, or for `limits.types.agent.wall_ms` what it overrides, `limits.run.wall_ms`.
fn model(key: &str) -> Cow<'_, str> {
    let of_type = key.strip_prefix("limits.types.").and_then(|rest| rest.split_once('.'));
    match of_type {
        Some((kind, name)) if PluginType::WORDS.contains(&kind) => Cow::Owned(format!("limits.run.{name}")),
        _ => Cow::Borrowed(key),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Integer(_) => "a whole number",
        Value::Boolean(_) => "true or false",
        Value::Array(_) => "a list of words",
        _ => "a text",
    }
}

/// The known key that the unknown one was probably meant to be.
fn nearest<'a>(key: &str, known: impl Iterator<Item = &'a String>) -> Option<String> {
    const ALIKE: f64 = 0.7;
    let last = |key: &str| key.rsplit('.').next().unwrap_or_default().to_owned();
    known
        .map(|candidate| {
            let whole = strsim::jaro_winkler(key, candidate);
            let end = strsim::normalized_damerau_levenshtein(&last(key), &last(candidate));
            (whole.max(end), whole, candidate)
        })
        .filter(|(score, ..)| *score >= ALIKE)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)))
        .map(|(.., candidate)| candidate.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(flag: &'static str, key: &str, text: &str) -> String {
        let mut layers = Layers::new();
        match layers.set(flag, key, text) {
            Err(error) => error.to_string(),
            Ok(()) => layers.config().expect_err("refused").to_string(),
        }
    }

    #[test]
    fn a_later_source_wins_and_says_where_it_stood() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("airlock.toml");
        std::fs::write(&path, "listen = \"0.0.0.0:80\"\n\n[limits.run]\nwall_ms = 5_000\n").expect("written");
        let mut layers = Layers::new();
        layers.file(&path).expect("valid");
        layers.set("--listen", "listen", "127.0.0.1:0").expect("known");
        let config = layers.config().expect("valid");
        assert_eq!((config.listen.as_str(), config.limits.run.wall_ms), ("127.0.0.1:0", 5_000));
        assert_eq!(layers.settings["limits.run.wall_ms"].origin, Origin::File(path.display().to_string(), 4));
    }

    #[test]
    fn limits_of_runs_can_be_set_for_one_type_of_plugin() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("airlock.toml");
        std::fs::write(&path, "[limits.types.agent]\nwall_ms = 120_000\n").expect("written");
        let mut layers = Layers::new();
        layers.file(&path).expect("valid");
        layers.set("--set", "limits.types.memory.memory_bytes", "1_000_000").expect("known");
        let limits = layers.config().expect("valid").limits;
        assert_eq!(limits.run_of(Some(PluginType::Agent)).wall_ms, 120_000);
        assert_eq!(limits.run_of(Some(PluginType::Memory)).memory_bytes, 1_000_000);
        assert_eq!(limits.run_of(Some(PluginType::Tool)), limits.run);
        assert_eq!(
            message("--set", "limits.types.agent.files", "many"),
            "--set: limits.types.agent.files must be a whole number, not 'many'"
        );
        assert!(message("--set", "limits.types.robot.files", "1").starts_with("--set: there is no setting"));
        assert!(message("--set", "limits.types.agent.luck", "1").starts_with("--set: there is no setting"));
    }

    #[test]
    fn words_become_lists_and_numbers() {
        let mut layers = Layers::new();
        layers.set("--set", "worker.stages", "inspect, promote").expect("known");
        layers.set("--set", "worker.concurrency", "1_0").expect("known");
        let config = layers.config().expect("valid");
        assert_eq!(config.worker.stages.len(), 2);
        assert_eq!(config.worker.concurrency, 10);
    }

    #[test]
    fn an_unknown_key_names_the_nearest() {
        assert_eq!(
            message("--set", "limits.run.wal_ms", "1"),
            "--set: there is no setting 'limits.run.wal_ms'; the nearest is `limits.run.wall_ms`"
        );
        assert_eq!(
            message("--set", "anonymous_read", "true"),
            "--set: there is no setting 'anonymous_read'; the nearest is `catalogue.anonymous_read`"
        );
        assert_eq!(message("--set", "zzz", "1"), "--set: there is no setting 'zzz'; `airlock config` lists them all");
    }

    #[test]
    fn a_value_of_the_wrong_kind_names_the_right_one() {
        assert_eq!(
            message("--set", "limits.run.files", "many"),
            "--set: limits.run.files must be a whole number, not 'many'"
        );
        assert_eq!(
            message("--set", "jail.allow_weaker", "yes"),
            "--set: jail.allow_weaker must be true or false, not 'yes'"
        );
    }

    #[test]
    fn a_refused_value_names_what_is_allowed() {
        assert_eq!(
            message("--set", "storage.kind", "ftp"),
            "--set: storage.kind: unknown variant `ftp`, expected `fs` or `s3`"
        );
        assert_eq!(
            message("--set", "limits.run.files", "-1"),
            "--set: limits.run.files: invalid value: integer `-1`, expected u64"
        );
    }
}
