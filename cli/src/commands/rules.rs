//! `airlock rules`: every rule there is, or one rule's page.

use std::fmt::Write as _;

use airlock_model::RuleMeta;
use airlock_scanner::rules;
use clap::Args;
use serde_json::{Value, json};

use crate::command_line::PlainFormat;
use crate::exit::{Exit, Failure};
use crate::terminal::{self, BOLD, FAINT};

/// List the rules, or show one.
#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// The rule to show, for instance AL-CODE-os-system.
    id: Option<String>,

    /// How to write it.
    #[arg(long, value_enum, default_value_t = PlainFormat::Text)]
    format: PlainFormat,
}

impl Rules {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let shown = match &self.id {
            None => rules::all(),
            Some(id) => vec![rules::find(id).ok_or_else(|| unknown(id))?],
        };
        let text = match (self.format, self.id.is_some()) {
            (PlainFormat::Json, _) => pretty(&shown.into_iter().map(identity).collect()),
            (PlainFormat::Text, false) => list(&shown),
            (PlainFormat::Text, true) => shown.into_iter().map(page).collect(),
        };
        terminal::print(&text)?;
        Ok(Exit::Fine)
    }
}

fn unknown(id: &str) -> Failure {
    let nearest = rules::all().into_iter().max_by(|a, b| {
        let score = |rule: &RuleMeta| strsim::jaro_winkler(&rule.id.to_ascii_lowercase(), &id.to_ascii_lowercase());
        score(a).total_cmp(&score(b))
    });
    let failure = Failure::usage(format!("there is no rule {}", airlock_model::escape::quoted(id)));
    match nearest {
        Some(rule) => failure.remedy(format!("the nearest is {}; `airlock rules` lists them all", rule.id)),
        None => failure,
    }
}

fn identity(rule: &RuleMeta) -> Value {
    json!({
        "id": rule.id,
        "title": rule.title,
        "severity": rule.severity,
        "confidence": rule.confidence,
        "cwe": rule.cwe.map(|number| format!("CWE-{number}")),
        "equivalents": {"bandit": rule.bandit, "ruff": rule.ruff},
    })
}

fn pretty(list: &Vec<Value>) -> String {
    let mut text = serde_json::to_string_pretty(list).expect("plain values become JSON");
    text.push('\n');
    text
}

fn list(rules: &[&RuleMeta]) -> String {
    let widest = rules.iter().map(|rule| rule.id.len()).max().unwrap_or(0);
    let mut out = String::new();
    for rule in rules {
        let _ = writeln!(
            out,
            "{BOLD}{:widest$}{BOLD:#}  {:8}  {FAINT}{:6}{FAINT:#}  {}",
            rule.id,
            rule.severity.as_str(),
            rule.confidence.as_str(),
            rule.title
        );
    }
    out
}

fn page(rule: &RuleMeta) -> String {
    let mut out = format!(
        "{BOLD}{}{BOLD:#}  {}\n\nseverity {} · confidence {}",
        rule.id,
        rule.title,
        rule.severity.as_str(),
        rule.confidence.as_str()
    );
    if let Some(cwe) = rule.cwe {
        let _ = write!(out, " · CWE-{cwe}");
    }
    for (tool, ids) in [("Bandit", rule.bandit), ("Ruff", rule.ruff)] {
        if !ids.is_empty() {
            let _ = write!(out, " · {tool} {}", ids.join(", "));
        }
    }
    let _ = write!(out, "\n\n{}\n\n## Remedy\n{}\n", rule.doc.trim_end(), rule.remedy);
    out
}
