//! Files that hold what belongs to the user: keys, credentials, wallets, browser profiles.

use std::sync::LazyLock;

use aho_corasick::AhoCorasick;

use super::source::SourceKind;

/// Parts of paths that tell a private key.
const KEYS: &[&str] = &[
    "id_rsa",
    "id_dsa",
    "id_ecdsa",
    "id_ed25519",
    ".ssh",
    ".gnupg",
    "secring.gpg",
    "wallet.dat",
    "keystore/utc--",
    ".ethereum",
    ".electrum",
    "electrum/wallets",
    "exodus.wallet",
    "atomic/local storage",
    ".config/solana",
    ".bitcoin",
    "nkbihfbeogaeaoehlefnkodbefgpgknn",
];

/// Parts of paths that tell stored credentials.
const CREDENTIALS: &[&str] = &[
    ".aws/credentials",
    ".aws/config",
    ".aws",
    ".netrc",
    "_netrc",
    ".git-credentials",
    ".gitconfig",
    ".pypirc",
    ".npmrc",
    ".yarnrc",
    ".kube/config",
    ".kube",
    ".docker/config.json",
    ".dockercfg",
    ".docker",
    ".config/gcloud",
    "application_default_credentials.json",
    ".azure",
    ".config/gh",
    ".terraform.d/credentials",
    ".vault-token",
    ".my.cnf",
    ".pgpass",
    ".bash_history",
    ".zsh_history",
    ".python_history",
    ".mysql_history",
    ".psql_history",
    "/etc/shadow",
    "/etc/passwd",
    "/proc/self/environ",
    "login data",
    "local state",
    "cookies.sqlite",
    "network/cookies",
    "logins.json",
    "key4.db",
    "key3.db",
    "signons.sqlite",
    "user data/default",
    "local storage/leveldb",
    "google/chrome",
    "brave-browser",
    ".mozilla/firefox",
    "mozilla/firefox",
    "filezilla/recentservers.xml",
    "tdata",
    "/var/run/secrets/kubernetes.io",
    "/run/secrets",
];

/// All of these: most paths have none, which one look tells.
static PARTS: LazyLock<AhoCorasick> =
    LazyLock::new(|| AhoCorasick::new(KEYS.iter().chain(CREDENTIALS)).expect("the parts are few and short"));

/// What the file is whose path these literals make up, and the part that tells.
pub(crate) fn secret_file(literals: &[String]) -> Option<(SourceKind, String)> {
    let joined = literals.join("/");
    literals.iter().chain([&joined]).find_map(|text| {
        let plain = text.replace('\\', "/").to_ascii_lowercase();
        if !PARTS.is_match(&plain) {
            return None;
        }
        let tells = |parts: &[&str]| parts.iter().any(|part| holds(&plain, part));
        if tells(KEYS) {
            Some((SourceKind::KeyFile, text.clone()))
        } else if tells(CREDENTIALS) {
            Some((SourceKind::Credentials, text.clone()))
        } else {
            None
        }
    })
}

/// Whether whole components of a path are the listed ones.
fn holds(path: &str, part: &str) -> bool {
    path.match_indices(part).any(|(at, _)| {
        let before = path[..at].chars().next_back();
        let after = path[at + part.len()..].chars().next();
        let starts = part.starts_with('/') || before.is_none_or(|c| matches!(c, '/' | '~' | '%' | '}'));
        starts && (part.ends_with("utc--") || after.is_none_or(|c| c == '/' || (c == '.' && part.starts_with("id_"))))
            // `id_rsa.pub` is there to be given away.
            && !path[at + part.len()..].starts_with(".pub")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_told_by_whole_components() {
        let kind = |parts: &[&str]| {
            let literals: Vec<String> = parts.iter().map(|part| (*part).to_owned()).collect();
            secret_file(&literals).map(|(kind, _)| kind)
        };
        assert_eq!(kind(&["~/.ssh/id_rsa"]), Some(SourceKind::KeyFile));
        assert_eq!(kind(&[".ssh", "id_ed25519"]), Some(SourceKind::KeyFile));
        assert_eq!(kind(&["~", ".aws", "credentials"]), Some(SourceKind::Credentials));
        assert_eq!(kind(&["C:\\Users\\x\\AppData\\Local\\Google\\Chrome\\User Data"]), Some(SourceKind::Credentials));
        assert_eq!(kind(&["~/.netrc"]), Some(SourceKind::Credentials));
        for path in ["id_rsa.pub", "data/aws/readme", "my.sshd", "docs/login data model", "wallet.data", "a.netrc.md"] {
            assert_eq!(kind(&[path]), None, "{path}");
        }
    }
}
