//! The shapes of known credentials, as their providers document them.

use std::sync::{LazyLock, OnceLock};

use regex::bytes::{Regex, RegexBuilder};

use crate::words::{Case, Words};

/// A kind of credential: its name, letters without which none is there, and its shape, the secret as the first group.
pub(super) struct Shape {
    pub(super) what: &'static str,
    pub(super) needles: &'static [&'static str],
    /// How far before a needle a match can begin, in bytes.
    pub(super) before: usize,
    pub(super) pattern: &'static str,
    /// Made on first need: most packages need none, and every examination is a process of its own.
    regex: OnceLock<Regex>,
}

const fn shape(what: &'static str, needles: &'static [&'static str], pattern: &'static str) -> Shape {
    shape_before(what, needles, 0, pattern)
}

const fn shape_before(
    what: &'static str,
    needles: &'static [&'static str],
    before: usize,
    pattern: &'static str,
) -> Shape {
    Shape { what, needles, before, pattern, regex: OnceLock::new() }
}

impl Shape {
    /// The expression.
    pub(super) fn regex(&self) -> &Regex {
        self.regex.get_or_init(|| compiled(self.pattern))
    }
}

/// The needles of all shapes at once.
struct Needles {
    search: Words,
    /// The shape that each of them belongs to, by its place in [`all`].
    shapes: Vec<usize>,
}

static NEEDLES: LazyLock<Needles> = LazyLock::new(|| {
    let needles = || all().enumerate().flat_map(|(shape, one)| one.needles.iter().map(move |needle| (shape, *needle)));
    let search = Words::new(Case::Exact, needles().map(|(_, needle)| needle));
    Needles { search, shapes: needles().map(|(shape, _)| shape).collect() }
});

const COUNT: usize = SHAPES.len() + 2;

fn all() -> impl Iterator<Item = &'static Shape> {
    SHAPES.iter().chain([&GUESS, &KEY])
}

/// The shapes of which a text holds the needles: few lines of source hold any, and a search for each of them in turn
/// costs more than all that is found.
pub(super) struct Present([bool; COUNT]);

impl Present {
    pub(super) fn in_text(text: &[u8]) -> Option<Self> {
        let mut present = [false; COUNT];
        NEEDLES.search.each(text, |found| present[NEEDLES.shapes[found.word]] = true);
        present.contains(&true).then_some(Self(present))
    }

    /// The credentials among them, with their expressions.
    pub(super) fn credentials(&self) -> impl Iterator<Item = (&'static Shape, &'static Regex)> {
        let there = SHAPES.iter().zip(self.0).filter(|(_, there)| *there);
        there.map(|(shape, _)| (shape, shape.regex()))
    }

    pub(super) fn guess(&self) -> Option<&'static Regex> {
        self.0[SHAPES.len()].then(|| GUESS.regex())
    }

    pub(super) fn key(&self) -> Option<&'static Regex> {
        self.0[SHAPES.len() + 1].then(|| KEY.regex())
    }
}

fn compiled(pattern: &str) -> Regex {
    RegexBuilder::new(pattern).unicode(false).build().expect("a test compiles every pattern")
}

/// Every shape.
pub(super) static SHAPES: [Shape; 59] = [
    shape(
        "a GitHub token",
        &["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"],
        r"\b((?:gh[pousr]_[A-Za-z0-9]{36,255})|(?:github_pat_[A-Za-z0-9_]{60,255}))\b",
    ),
    shape(
        "a GitLab token",
        &["glpat-", "gldt-", "glrt-", "glptt-", "glft-", "glsoat-"],
        r"\b(gl(?:pat|dt|rt|ptt|ft|soat)-[A-Za-z0-9_-]{20,64})",
    ),
    shape("a Slack token", &["xox"], r"\b(xox[abeprs]-[A-Za-z0-9-]{20,255})"),
    shape("a Slack app token", &["xapp-"], r"\b(xapp-[0-9]-[A-Z0-9]{8,16}-[0-9]{8,16}-[a-f0-9]{40,80})\b"),
    shape(
        "a Slack webhook",
        &["hooks.slack.com"],
        r"hooks\.slack\.com/services/(T[A-Z0-9]{6,}/B[A-Z0-9]{6,}/[A-Za-z0-9]{20,})",
    ),
    shape_before(
        "a Discord webhook",
        &["/api/webhooks/"],
        14,
        r"discord(?:app)?\.com/api/webhooks/([0-9]{17,20}/[A-Za-z0-9_-]{60,90})",
    ),
    shape(
        "a Teams webhook",
        &["webhook.office.com"],
        r"webhook\.office\.com/webhookb2/([A-Za-z0-9@-]{36,80}/IncomingWebhook/[A-Za-z0-9]{32}/[A-Za-z0-9-]{36})",
    ),
    shape(
        "a DingTalk robot's token",
        &["oapi.dingtalk.com"],
        r"oapi\.dingtalk\.com/robot/send\?access_token=([a-f0-9]{64})",
    ),
    shape("a Feishu webhook", &["/open-apis/bot/"], r"/open-apis/bot/(?:v2/)?hook/([A-Za-z0-9-]{32,64})"),
    shape(
        "a WeCom webhook",
        &["qyapi.weixin.qq.com"],
        r"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=([a-f0-9-]{36})",
    ),
    shape(
        "an IFTTT key",
        &["maker.ifttt.com"],
        r"maker\.ifttt\.com/trigger/[^\s/]{1,80}/(?:json/)?with/key/([A-Za-z0-9_-]{20,64})",
    ),
    shape_before("a Telegram bot token", &[":AA"], 13, r"(?:\b|bot)([0-9]{8,10}:AA[A-Za-z0-9_-]{33})\b"),
    shape_before("a Stripe key", &["k_live_"], 1, r"\b([rs]k_live_[A-Za-z0-9]{20,255})\b"),
    shape("a Stripe webhook secret", &["whsec_"], r"\b(whsec_[A-Za-z0-9+/]{32,64})"),
    shape("a Square token", &["sq0"], r"\b(sq0(?:atp|csp)-[A-Za-z0-9_-]{22,43})"),
    shape("a Shopify token", &["shp"], r"\b(shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32})\b"),
    shape("a Google API key", &["AIza"], r"\b(AIza[A-Za-z0-9_-]{35})\b"),
    shape("a Google API key", &["AQ.Ab8"], r"\b(AQ\.Ab8[A-Za-z0-9_-]{44,128})"),
    shape("a Google OAuth token", &["ya29."], r"\b(ya29\.[A-Za-z0-9_-]{40,255})"),
    shape("a Google client secret", &["GOCSPX-"], r"\b(GOCSPX-[A-Za-z0-9_-]{28})\b"),
    shape("an AWS access key", &["AKIA", "ASIA"], r"\b((?:AKIA|ASIA)[A-Z2-7]{16})\b"),
    shape(
        "an AWS secret key",
        &["aws_secret_access_key", "AWS_SECRET_ACCESS_KEY"],
        r#"(?i)aws_secret_access_key["']?\s*[=:]\s*["']?([A-Za-z0-9/+]{40})\b"#,
    ),
    shape("an Azure storage key", &["AccountKey="], r"AccountKey=([A-Za-z0-9+/]{86}==)"),
    shape_before("an Azure client secret", &["8Q~"], 3, r"\b([A-Za-z0-9_~.-]{3}8Q~[A-Za-z0-9_~.-]{31,34})\b"),
    shape_before("a DigitalOcean token", &["_v1_"], 3, r"\b(do[opr]_v1_[a-f0-9]{64})\b"),
    shape("a Heroku key", &["HRKU-"], r"\b(HRKU-[A-Za-z0-9_-]{36,80})\b"),
    shape("a Databricks token", &["dapi"], r"\b(dapi[a-f0-9]{32})\b"),
    shape("an Anthropic API key", &["sk-ant-"], r"\b(sk-ant-[A-Za-z0-9_-]{33,255})"),
    shape("an OpenAI API key", &["sk-proj-", "sk-svcacct-"], r"\b(sk-(?:proj|svcacct)-[A-Za-z0-9_-]{30,255})"),
    shape("an OpenRouter API key", &["sk-or-v1-"], r"\b(sk-or-v1-[a-f0-9]{50,64})\b"),
    shape("a Together API key", &["tgp_v1_"], r"\b(tgp_v1_[A-Za-z0-9_-]{33,64})"),
    shape("an NVIDIA API key", &["nvapi-"], r"\b(nvapi-[A-Za-z0-9_-]{54,80})"),
    shape("a LangSmith API key", &["lsv2_"], r"\b(lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10})\b"),
    shape("a Tavily API key", &["tvly-"], r"\b(tvly-(?:[a-z]{3,4}-)?[A-Za-z0-9]{27,64})"),
    shape("a model provider's API key", &["sk-"], r"\b(sk-[A-Za-z0-9_-]{40,255})"),
    shape("a Groq API key", &["gsk_"], r"\b(gsk_[A-Za-z0-9]{48,64})\b"),
    shape("a Perplexity API key", &["pplx-"], r"\b(pplx-[A-Za-z0-9]{40,64})\b"),
    shape("an xAI API key", &["xai-"], r"\b(xai-[A-Za-z0-9]{56,90})\b"),
    shape("a Replicate token", &["r8_"], r"\b(r8_[A-Za-z0-9]{37})\b"),
    shape("a model hub token", &["hf_"], r"\b(hf_[A-Za-z0-9]{30,64})\b"),
    shape("a package index token", &["pypi-AgE"], r"\b(pypi-AgE[A-Za-z0-9_-]{50,})"),
    shape("a package registry token", &["npm_"], r"\b(npm_[A-Za-z0-9]{36})\b"),
    shape("a gem registry token", &["rubygems_"], r"\b(rubygems_[a-f0-9]{48})\b"),
    shape("a container registry token", &["dckr_pat_"], r"\b(dckr_pat_[A-Za-z0-9_-]{27,64})\b"),
    shape("a SendGrid key", &["SG."], r"\b(SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43})\b"),
    shape_before("a Mailchimp key", &["-us"], 32, r"\b([a-f0-9]{32}-us[0-9]{1,2})\b"),
    shape("a Notion token", &["ntn_"], r"\b(ntn_[A-Za-z0-9]{40,50})\b"),
    shape("a Linear API key", &["lin_api_"], r"\b(lin_api_[A-Za-z0-9]{40})\b"),
    shape("an Atlassian token", &["ATATT3"], r"\b(ATATT3[A-Za-z0-9_=-]{100,255})"),
    shape("a New Relic key", &["NRAK-"], r"\b(NRAK-[A-Z0-9]{27})\b"),
    shape("a Grafana token", &["glsa_"], r"\b(glsa_[A-Za-z0-9]{32}_[a-f0-9]{8})\b"),
    shape("a Sentry token", &["sntry"], r"\b(sntry[su]_[A-Za-z0-9+/=_-]{60,255})"),
    shape("a Vault token", &["hvs.", "hvb."], r"\b(hv[sb]\.[A-Za-z0-9_-]{90,160})\b"),
    shape_before("a Terraform token", &[".atlasv1."], 14, r"\b([A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_-]{60,70})\b"),
    shape("a Postman key", &["PMAK-"], r"\b(PMAK-[a-f0-9]{24}-[a-f0-9]{34})\b"),
    shape("a Figma token", &["figd_"], r"\b(figd_[A-Za-z0-9_-]{40,64})\b"),
    shape("an Airtable token", &["pat"], r"\b(pat[A-Za-z0-9]{14}\.[a-f0-9]{64})\b"),
    shape("an age key", &["AGE-SECRET-KEY-1"], r"\b(AGE-SECRET-KEY-1[0-9A-Z]{58})\b"),
    shape("an Airlock token", &["airlock_"], r"\b(airlock_[A-Za-z0-9-]{4,64}_[A-Za-z0-9_-]{32,128})\b"),
];

/// A name that says that its value is a secret, and a value that could be one.
pub(super) static GUESS: Shape = shape_before(
    "what its name calls a secret",
    &[
        "assw",
        "ASSW",
        "ecret",
        "ECRET",
        "oken",
        "OKEN",
        "pi_key",
        "PI_KEY",
        "pi-key",
        "piKey",
        "pikey",
        "APIKEY",
        "ccess_key",
        "CCESS_KEY",
        "ccessKey",
        "ivate_key",
        "IVATE_KEY",
        "ivateKey",
    ],
    2,
    r#"(?i)(?:password|passwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key)[a-z0-9_-]{0,20}["']?[ \t]{0,4}(?::|=>?)[ \t]{0,4}["']?([a-z0-9+/=_-]{20,128})(?:["'\s,;]|$)"#,
);

/// The beginnings of private keys.
pub(super) static KEY: Shape = shape(
    "a private key",
    &["PRIVATE KEY", "PuTTY-User-Key-File-"],
    r"-----BEGIN ((?:[A-Z]+ )?PRIVATE KEY(?: BLOCK)?)-----|PuTTY-User-Key-File-[0-9]",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_has_the_shapes_whose_needles_it_holds() {
        assert!(Present::in_text(b"an everyday line").is_none());
        for (at, shape) in all().enumerate() {
            for needle in shape.needles {
                let present = Present::in_text(format!("x {needle} y").as_bytes()).expect("a needle");
                assert!(present.0[at], "{needle}");
                let alone = |other: &Shape| other.needles.iter().any(|word| needle.contains(word));
                assert!(all().zip(present.0).all(|(other, there)| there == alone(other)), "{needle}");
            }
        }
        let every: String = all().flat_map(|shape| shape.needles).copied().collect();
        assert_eq!(Present::in_text(every.as_bytes()).expect("all of them").0, [true; COUNT]);
    }

    #[test]
    fn every_pattern_compiles_and_has_a_letter_to_search_for() {
        for shape in SHAPES.iter().chain([&GUESS, &KEY]) {
            assert!(!shape.needles.is_empty() && compiled(shape.pattern).captures_len() == 2, "{}", shape.what);
        }
        assert!(SHAPES.len() >= 40);
    }
}
