//! `airlock rules`: every rule there is, or one rule's page.

mod page;

use std::fmt::Write as _;

use airlock_model::RuleMeta;
use airlock_scanner::rules;
use clap::{Args, ValueEnum};
use serde_json::{Value, json};

use crate::exit::{Exit, Failure};
use crate::terminal::{self, BOLD, FAINT};

/// List the rules, or show one rule's page.
#[derive(Debug, Args)]
pub(crate) struct Rules {
    /// The rule to show, for instance AL-CODE-shell-injection.
    id: Option<String>,

    /// How to write it.
    #[arg(long, value_enum, default_value_t = PageFormat::Text)]
    format: PageFormat,
}

/// How rules are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum PageFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
    /// The page as it is published.
    Markdown,
}

impl Rules {
    pub(crate) fn run(&self) -> Result<Exit, Failure> {
        let shown = match &self.id {
            None => rules::all(),
            Some(id) => vec![find(id)?],
        };
        let text = match (self.format, self.id.is_some()) {
            (PageFormat::Json, _) => pretty(&shown.into_iter().map(identity).collect()),
            (PageFormat::Text, false) => list(&shown),
            (PageFormat::Text, true) => {
                let width = terminal::report_style().width;
                shown.into_iter().map(|rule| page::as_text(&markdown(rule), width)).collect()
            }
            (PageFormat::Markdown, false) => table(&shown),
            (PageFormat::Markdown, true) => shown.into_iter().map(markdown).collect(),
        };
        terminal::print(&text)?;
        Ok(Exit::Fine)
    }
}

/// The rule of that id, in whatever case it is written.
fn find(id: &str) -> Result<&'static RuleMeta, Failure> {
    let found = rules::find(id).or_else(|| rules::all().into_iter().find(|rule| rule.id.eq_ignore_ascii_case(id)));
    found.ok_or_else(|| {
        let failure = Failure::usage(format!("there is no rule {}", airlock_model::escape::quoted(id)));
        match nearest(id) {
            Some(nearest) => failure.remedy(format!("the nearest is {nearest}; `airlock rules` lists them all")),
            None => failure.remedy("`airlock rules` lists them all"),
        }
    })
}

/// The rule's id that is most like `text`, which may leave the id's first words out; none when none is near.
pub(super) fn nearest(text: &str) -> Option<&'static str> {
    const LEAST: f64 = 0.8;
    // Without the group that most ids begin with, chance makes more of them alike.
    const LEAST_ALONE: f64 = 0.9;
    let text = text.to_ascii_lowercase();
    let score = |rule: &RuleMeta| {
        let id = rule.id.to_ascii_lowercase();
        let own = id.splitn(3, '-').nth(2).map_or(0.0, |own| strsim::jaro_winkler(own, &text));
        strsim::jaro_winkler(&id, &text).max(if own < LEAST_ALONE { 0.0 } else { own })
    };
    let scored = rules::all().into_iter().map(|rule| (score(rule), rule.id));
    scored.filter(|(score, _)| *score >= LEAST).max_by(|a, b| a.0.total_cmp(&b.0)).map(|(_, id)| id)
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

fn table(rules: &[&RuleMeta]) -> String {
    let mut out = String::from("| rule | finds | severity | confidence |\n|---|---|---|---|\n");
    for rule in rules {
        let (severity, confidence) = (rule.severity.as_str(), rule.confidence.as_str());
        let _ = writeln!(out, "| {} | {} | {severity} | {confidence} |", rule.id, rule.title);
    }
    out
}

/// The rule's page.
fn markdown(rule: &RuleMeta) -> String {
    let mut out = format!("# {}: {}\n\n", rule.id, rule.title);
    let _ = write!(out, "Severity {}, confidence {}", rule.severity.as_str(), rule.confidence.as_str());
    if let Some(cwe) = rule.cwe {
        let _ = write!(out, ", CWE-{cwe}");
    }
    for (tool, ids) in [("Bandit", rule.bandit), ("Ruff", rule.ruff)] {
        if !ids.is_empty() {
            let _ = write!(out, "; {tool} {}", ids.join(", "));
        }
    }
    let _ = write!(out, ".\n\nRemedy: {}\n\n{}\n", rule.remedy, rule.doc.trim());
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_the_nearest() {
        for (text, near) in [
            ("al-archive-not-an-archiv", Some("AL-ARCHIVE-not-an-archive")),
            ("yaml-load", Some("AL-CODE-yaml-load")),
            ("AL-CODE-yaml_laod", Some("AL-CODE-yaml-load")),
            ("nothing", None),
            ("", None),
            ("B602", None),
            ("zzzzzzzzzzzz", None),
        ] {
            assert_eq!(nearest(text), near, "{text}");
        }
    }
}
