//! `GET /rules` and `GET /rules/{id}`: what is looked for, and why.

use std::sync::Arc;

use airlock_model::RuleMeta;
use askama::Template;
use axum::extract::State;

use super::{Frame, Page, markdown, on_page, page};
use crate::extract::PathOf;
use crate::problem::Problem;
use crate::state::ApiState;

struct RuleRow {
    id: &'static str,
    title: &'static str,
    severity: &'static str,
    group: &'static str,
}

#[derive(Template)]
#[template(path = "rules.html")]
struct RulesPage {
    frame: Frame,
    rules: Vec<RuleRow>,
}

#[derive(Template)]
#[template(path = "rule.html")]
struct RulePage {
    frame: Frame,
    id: &'static str,
    title: &'static str,
    severity: &'static str,
    confidence: &'static str,
    cwe: Option<u32>,
    equivalents: String,
    remedy: &'static str,
    /// Already HTML, made inert.
    doc: String,
}

/// Every rule.
#[utoipa::path(get, path = "/rules", tag = "pages", security(()),
    responses((status = 200, body = String, content_type = "text/html")))]
pub(super) async fn rules(State(state): State<Arc<ApiState>>) -> Page {
    let row = |rule: &&'static RuleMeta| RuleRow {
        id: rule.id,
        title: rule.title,
        severity: rule.severity.as_str(),
        group: rule.group(),
    };
    page(&RulesPage { frame: Frame::of(&state.settings), rules: state.rules.iter().map(row).collect() })
}

/// One rule: what it finds, why that is dangerous, and the safe form.
#[utoipa::path(get, path = "/rules/{id}", tag = "pages", params(("id" = String, Path, description = "The rule's id.")),
    security(()), responses((status = 200, body = String, content_type = "text/html")))]
pub(super) async fn rule(State(state): State<Arc<ApiState>>, PathOf(id): PathOf<String>) -> Page {
    let found = state.rules.iter().find(|rule| rule.id == id);
    let rule = found.ok_or_else(|| on_page::<Problem>(&state.settings)(Problem::not_found("rule")))?;
    let equivalents: Vec<&str> = rule.bandit.iter().chain(rule.ruff).copied().collect();
    page(&RulePage {
        frame: Frame::of(&state.settings),
        id: rule.id,
        title: rule.title,
        severity: rule.severity.as_str(),
        confidence: rule.confidence.as_str(),
        cwe: rule.cwe,
        equivalents: equivalents.join(", "),
        remedy: rule.remedy,
        doc: markdown::inert(rule.doc),
    })
}
