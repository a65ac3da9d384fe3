//! The shapes of known credentials, as their providers document them.

use std::sync::LazyLock;

use regex::bytes::Regex;

/// A kind of credential: its name and its shape, the secret as the first group.
pub(super) struct Shape {
    pub(super) what: &'static str,
    pub(super) regex: Regex,
}

/// Every shape. Each pattern begins, as far as its format allows, with letters that are searched for first.
pub(super) static SHAPES: LazyLock<Vec<Shape>> = LazyLock::new(|| {
    TABLE
        .iter()
        .map(|(what, pattern)| Shape { what, regex: Regex::new(pattern).expect("a test compiles every pattern") })
        .collect()
});

/// Names and patterns.
const TABLE: &[(&str, &str)] = &[
    ("a GitHub token", r"\b((?:gh[pousr]_[A-Za-z0-9]{36,255})|(?:github_pat_[A-Za-z0-9_]{60,255}))\b"),
    ("a GitLab token", r"\b(gl(?:pat|dt|rt|ptt|ft|soat)-[A-Za-z0-9_-]{20,64})"),
    ("a Slack token", r"\b(xox[abeprs]-[A-Za-z0-9-]{20,255})"),
    ("a Slack app token", r"\b(xapp-[0-9]-[A-Z0-9]{8,16}-[0-9]{8,16}-[a-f0-9]{40,80})\b"),
    ("a Slack webhook", r"hooks\.slack\.com/services/(T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,})"),
    ("a Discord webhook", r"discord(?:app)?\.com/api/webhooks/([0-9]{17,20}/[A-Za-z0-9_-]{60,90})"),
    ("a Discord bot token", r"\b([MNO][A-Za-z0-9_-]{23,27}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,40})\b"),
    ("a Telegram bot token", r"\b([0-9]{8,10}:AA[A-Za-z0-9_-]{33})\b"),
    ("a Stripe key", r"\b([rs]k_live_[A-Za-z0-9]{20,255})\b"),
    ("a Stripe webhook secret", r"\b(whsec_[A-Za-z0-9+/]{32,64})"),
    ("a Square token", r"\b(sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43})"),
    ("a Shopify token", r"\b(shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32})\b"),
    ("a Google API key", r"\b(AIza[A-Za-z0-9_-]{35})\b"),
    ("a Google OAuth token", r"\b(ya29\.[A-Za-z0-9_-]{40,255})"),
    ("a Google client secret", r"\b(GOCSPX-[A-Za-z0-9_-]{28})\b"),
    ("an AWS access key", r"\b((?:AKIA|ASIA)[A-Z2-7]{16})\b"),
    ("an AWS secret key", r#"(?i)aws_secret_access_key["']?\s*[=:]\s*["']?([A-Za-z0-9/+]{40})\b"#),
    ("an Azure storage key", r"AccountKey=([A-Za-z0-9+/]{86}==)"),
    ("an Azure client secret", r"\b([A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{31,34})\b"),
    ("a DigitalOcean token", r"\b(do[opr]_v1_[a-f0-9]{64})\b"),
    ("a Heroku key", r"\b(HRKU-[A-Za-z0-9_-]{36,80})\b"),
    ("a Databricks token", r"\b(dapi[a-f0-9]{32})\b"),
    ("a model provider's API key", r"\b(sk-[A-Za-z0-9_-]{40,255})"),
    ("a Groq API key", r"\b(gsk_[A-Za-z0-9]{48,64})\b"),
    ("a Perplexity API key", r"\b(pplx-[A-Za-z0-9]{40,64})\b"),
    ("an xAI API key", r"\b(xai-[A-Za-z0-9]{70,90})\b"),
    ("a Replicate token", r"\b(r8_[A-Za-z0-9]{37})\b"),
    ("a model hub token", r"\b(hf_[A-Za-z0-9]{30,64})\b"),
    ("a package index token", r"\b(pypi-AgE[A-Za-z0-9_-]{50,})"),
    ("a package registry token", r"\b(npm_[A-Za-z0-9]{36})\b"),
    ("a gem registry token", r"\b(rubygems_[a-f0-9]{48})\b"),
    ("a container registry token", r"\b(dckr_pat_[A-Za-z0-9_-]{27,64})\b"),
    ("a SendGrid key", r"\b(SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})\b"),
    ("a Mailchimp key", r"\b([a-f0-9]{32}-us[0-9]{1,2})\b"),
    ("a Notion token", r"\b(ntn_[A-Za-z0-9]{40,50})\b"),
    ("a Linear API key", r"\b(lin_api_[A-Za-z0-9]{40})\b"),
    ("an Atlassian token", r"\b(ATATT3[A-Za-z0-9_=-]{100,255})"),
    ("a New Relic key", r"\b(NRAK-[A-Z0-9]{27})\b"),
    ("a Grafana token", r"\b(glsa_[A-Za-z0-9]{32}_[a-f0-9]{8})\b"),
    ("a Sentry token", r"\b(sntry[su]_[A-Za-z0-9+/=_-]{60,255})"),
    ("a Vault token", r"\b(hv[sb]\.[A-Za-z0-9_-]{90,160})\b"),
    ("a Terraform token", r"\b([A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,70})\b"),
    ("a Postman key", r"\b(PMAK-[a-f0-9]{24}-[a-f0-9]{34})\b"),
    ("a Figma token", r"\b(figd_[A-Za-z0-9_-]{40,64})\b"),
    ("an Airtable token", r"\b(pat[A-Za-z0-9]{14}\.[a-f0-9]{64})\b"),
    ("an age key", r"\b(AGE-SECRET-KEY-1[0-9A-Z]{58})\b"),
    ("an Airlock token", r"\b(airlock_[A-Za-z0-9-]{4,64}_[A-Za-z0-9_-]{32,128})\b"),
];

/// A name that says that its value is a secret, and a value that could be one.
pub(super) static GUESS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)[a-z0-9_-]{0,20}["']?\s{0,4}(?::|=>?)\s{0,4}["']?([A-Za-z0-9+/=_-]{20,128})(?:["'\s,;]|$)"#,
    )
    .expect("a test compiles every pattern")
});

/// The beginnings of private keys.
pub(super) static KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY(?: BLOCK)?)-----|PuTTY-User-Key-File-\d")
        .expect("a test compiles every pattern")
});
