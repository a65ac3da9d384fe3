//! What a probe run is given: an entry point to import, and decoys to be touched.

use std::path::PathBuf;

use airlock_model::limits::RunLimits;
use airlock_model::run::TestPlan;
use serde::{Deserialize, Serialize};

/// An import takes no longer than this, in milliseconds, whatever tests may take.
const WALL_MS: u64 = 30_000;
/// Likewise for CPU time.
const CPU_MS: u64 = 5_000;

/// One entry point to import.
#[derive(Debug, Clone)]
pub struct ProbeRequest {
    /// The canonical archive, packed by us.
    pub canonical: PathBuf,
    /// What the host read from the source.
    pub plan: TestPlan,
    /// The module, for instance `web_search.tool`.
    pub module: String,
    /// The class or function in it.
    pub attribute: String,
    /// What the import may use.
    pub limits: RunLimits,
}

impl ProbeRequest {
    /// A request for a manifest's entry point, `pkg.module:Class`. `limits` are those of a test run; an import gets
    /// less time. None where the text is no entry point.
    #[must_use]
    pub fn of(canonical: PathBuf, plan: TestPlan, entry_point: &str, limits: &RunLimits) -> Option<Self> {
        let (module, attribute) = entry_point.split_once(':')?;
        let limits =
            RunLimits { wall_ms: limits.wall_ms.min(WALL_MS), cpu_ms: limits.cpu_ms.min(CPU_MS), ..limits.clone() };
        Some(Self { canonical, plan, module: module.to_owned(), attribute: attribute.to_owned(), limits })
    }
}

/// Files and variables that look like credentials. Their secrets are made anew for
/// each run, so that whoever sends one on shows where it had it from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Decoys {
    /// Paths below the home folder, and what is in them.
    pub(crate) files: Vec<(String, String)>,
    /// Names and values.
    pub(crate) variables: Vec<(String, String)>,
    /// The secrets in them.
    secrets: Vec<String>,
}

impl Decoys {
    /// The guest's home folder.
    pub(crate) const HOME: &'static str = "/tmp/home";

    /// Decoys around one random number.
    pub(crate) fn around(random: u128) -> Self {
        let secret = format!("{random:032x}");
        let file = |path: &str, text: String| (path.to_owned(), text);
        let files = vec![
            file(
                ".ssh/id_ed25519",
                format!(
                    "-----BEGIN OPENSSH {} KEY-----\n{secret}\n-----END OPENSSH {} KEY-----\n",
                    "PRIVATE", "PRIVATE"
                ),
            ),
            file(
                ".aws/credentials",
                format!(
                    "[default]\naws_access_key_id = AKIA{}\naws_secret_access_key = {secret}\n",
                    &secret[..16].to_uppercase()
                ),
            ),
            file(".netrc", format!("machine git.example login dev password {secret}\n")),
            file(".git-credentials", format!("https://dev:{secret}@git.example\n")),
            file(".pypirc", format!("[pypi]\nusername = __token__\npassword = {secret}\n")),
            file(
                ".config/gcloud/application_default_credentials.json",
                format!("{{\"refresh_token\": \"{secret}\"}}\n"),
            ),
            file(".kube/config", format!("users:\n- user:\n    token: {secret}\n")),
            file(
                ".docker/config.json",
                format!("{{\"auths\": {{\"registry.example\": {{\"auth\": \"{secret}\"}}}}}}\n"),
            ),
            file(".mozilla/firefox/profile.default/logins.json", format!("{{\"logins\": [\"{secret}\"]}}\n")),
            file(".bash_history", format!("export TOKEN={secret}\n")),
        ];
        let variables =
            ["AWS_SECRET_ACCESS_KEY", "GITHUB_TOKEN", "OPENAI_API_KEY", "ANTHROPIC_API_KEY", "DATABASE_PASSWORD"]
                .map(|name| (name.to_owned(), secret.clone()))
                .to_vec();
        Self { files, variables, secrets: vec![secret] }
    }

    /// Whether an absolute path of the guest is a decoy file.
    pub(crate) fn is_file(&self, path: &str) -> bool {
        let inside = path.strip_prefix(Self::HOME).and_then(|rest| rest.strip_prefix('/'));
        inside.is_some_and(|inside| self.files.iter().any(|(file, _)| file == inside))
    }

    /// Whether a text holds a decoy's secret.
    pub(crate) fn is_in(&self, text: &str) -> bool {
        self.secrets.iter().any(|secret| text.contains(secret.as_str()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoys_are_known_again() {
        let decoys = Decoys::around(0x1234_5678_9abc_def0_1234_5678_9abc_def0);
        assert!(decoys.is_file("/tmp/home/.ssh/id_ed25519"));
        assert!(!decoys.is_file("/tmp/home/.ssh") && !decoys.is_file("/plugin/.netrc"));
        assert!(decoys.files.iter().chain(&decoys.variables).all(|(_, text)| decoys.is_in(text)));
        assert!(!decoys.is_in("nothing of it"));
    }

    #[test]
    fn an_import_gets_less_time_than_tests() {
        let of =
            |entry_point| ProbeRequest::of("a.tar.gz".into(), TestPlan::default(), entry_point, &RunLimits::default());
        let request = of("web_search.tool:WebSearch").expect("an entry point");
        assert_eq!((request.module.as_str(), request.attribute.as_str()), ("web_search.tool", "WebSearch"));
        assert_eq!((request.limits.wall_ms, request.limits.cpu_ms), (WALL_MS, CPU_MS));
        assert!(of("web_search").is_none());
    }
}
