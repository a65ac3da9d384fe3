//! What the names of environment variables tell.

/// Whether a variable holds a secret, by its name.
pub(super) fn is_secret(name: &str) -> bool {
    const WORDS: &[&str] = &[
        "KEY",
        "TOKEN",
        "SECRET",
        "PASSWORD",
        "PASSWD",
        "PASS",
        "PASSPHRASE",
        "CREDENTIAL",
        "CREDENTIALS",
        "APIKEY",
        "PRIVATE",
        "AUTH",
        "COOKIE",
        "SESSION",
        "MNEMONIC",
    ];
    words(name).any(|word| WORDS.contains(&word.as_str()))
}

/// Whether a variable tells who and where the user is.
pub(super) fn tells_the_user(name: &str) -> bool {
    matches!(
        name,
        "USER"
            | "USERNAME"
            | "LOGNAME"
            | "HOME"
            | "HOMEPATH"
            | "USERPROFILE"
            | "HOSTNAME"
            | "COMPUTERNAME"
            | "PATH"
            | "USERDOMAIN"
            | "PWD"
            | "SHELL"
            | "SSH_CONNECTION"
            | "SUDO_USER"
    )
}

/// Whether a variable and a host have a word in common that is not a general one.
pub(super) fn fits(name: &str, host: &str) -> bool {
    const GENERAL: &[&str] = &[
        "KEY", "TOKEN", "SECRET", "PASSWORD", "PASS", "API", "ACCESS", "AUTH", "USER", "NAME", "HOST", "BASE", "APP",
        "CLIENT", "PRIVATE", "DEFAULT", "COM", "ORG", "NET",
    ];
    let mut words = words(name).filter(|word| word.len() > 2 && !GENERAL.contains(&word.as_str()));
    words.any(|word| host.to_ascii_uppercase().contains(&word))
}

/// Whether a variable is a chat bot's own.
pub(super) fn is_chat(name: &str) -> bool {
    words(name).any(|word| {
        matches!(
            word.as_str(),
            "BOT" | "CHAT" | "TG" | "TELEGRAM" | "DISCORD" | "SLACK" | "WEBHOOK" | "CHANNEL" | "GUILD"
        )
    })
}

/// Whether a variable is well known to belong to a service that is not at `host`.
pub(super) fn belongs_elsewhere(name: &str, host: &str) -> bool {
    const OWNERS: &[(&str, &[&str])] = &[
        ("AWS_SECRET_ACCESS_KEY", &["aws", "amazon"]),
        ("AWS_ACCESS_KEY_ID", &["aws", "amazon"]),
        ("AWS_SESSION_TOKEN", &["aws", "amazon"]),
        ("GITHUB_TOKEN", &["github", "ghe", "githubusercontent"]),
        ("GH_TOKEN", &["github", "ghe"]),
        ("ACTIONS_RUNTIME_TOKEN", &["github", "githubusercontent", "actions"]),
        ("NPM_TOKEN", &["npm"]),
        ("NODE_AUTH_TOKEN", &["npm", "github"]),
        ("TWINE_PASSWORD", &["pypi"]),
        ("PYPI_TOKEN", &["pypi"]),
        ("AZURE_CLIENT_SECRET", &["azure", "microsoft", "windows"]),
        ("DOCKER_PASSWORD", &["docker"]),
        ("KUBECONFIG", &["kube"]),
    ];
    OWNERS.iter().any(|(owned, words)| *owned == name && !words.iter().any(|word| host.contains(word)))
}

/// The first word, which names whose variable it is.
pub(super) fn owner(name: &str) -> &str {
    name.split('_').next().unwrap_or(name)
}

fn words(name: &str) -> impl Iterator<Item = String> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).map(str::to_ascii_uppercase)
}
