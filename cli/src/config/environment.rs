//! What the environment says: `AIRLOCK_LIMITS__RUN__WALL_MS` for `limits.run.wall_ms`.

use std::path::PathBuf;

const PREFIX: &str = "AIRLOCK_";

/// Variables of the command line that are not settings.
const NOT_SETTINGS: &[&str] = &["AIRLOCK_CONFIG", "AIRLOCK_REGISTRY", "AIRLOCK_TOKEN"];

/// Variables that start like this belong to tests.
const OF_TESTS: &str = "AIRLOCK_TEST_";

/// One setting from the environment.
pub(super) struct Variable {
    /// The variable's name.
    pub(super) name: String,
    /// The dotted key it stands for.
    pub(super) key: String,
    /// Its text.
    pub(super) text: String,
}

/// Every setting in the environment, by name.
pub(super) fn settings() -> Vec<Variable> {
    let mut settings: Vec<Variable> = std::env::vars_os()
        .filter_map(|(name, text)| {
            let name = name.into_string().ok()?;
            let key = key(&name)?;
            Some(Variable { key, name, text: text.to_string_lossy().into_owned() })
        })
        .collect();
    settings.sort_by(|a, b| a.name.cmp(&b.name));
    settings
}

fn key(name: &str) -> Option<String> {
    if NOT_SETTINGS.contains(&name) || name.starts_with(OF_TESTS) {
        return None;
    }
    Some(name.strip_prefix(PREFIX)?.to_ascii_lowercase().replace("__", "."))
}

/// The environment variable that sets a key.
pub(super) fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', "__").to_ascii_uppercase())
}

/// The user's cache folder for this program.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub(crate) fn cache_dir() -> PathBuf {
    let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    absolute("XDG_CACHE_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".cache")))
        .unwrap_or_else(std::env::temp_dir)
        .join("airlock")
}

/// The container engine that the user's other tools talk to.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub(super) fn docker_host() -> Option<String> {
    std::env::var("DOCKER_HOST").ok().filter(|host| !host.is_empty())
}

/// What pip needs of the environment: where programs are, and how to get out of this network.
const FOR_PIP: &[&str] = &[
    "PATH",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "REQUESTS_CA_BUNDLE",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
];

/// The variables that pip is given.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the environment")]
pub(super) fn for_pip() -> Vec<(String, String)> {
    FOR_PIP.iter().filter_map(|&name| Some((name.to_owned(), std::env::var(name).ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_keys_translate_both_ways() {
        assert_eq!(key("AIRLOCK_LIMITS__RUN__WALL_MS").as_deref(), Some("limits.run.wall_ms"));
        assert_eq!(variable("limits.run.wall_ms"), "AIRLOCK_LIMITS__RUN__WALL_MS");
    }

    #[test]
    fn other_variables_are_left_alone() {
        for name in ["PATH", "AIRLOCK_TOKEN", "AIRLOCK_TEST_POSTGRES_URL"] {
            assert_eq!(key(name), None, "{name}");
        }
    }
}
