//! `GET /ui/validations/{id}`: one validation. What is published shows its course
//! to everyone who may read the catalogue; findings are for its publisher and for
//! reviewers.

use std::sync::Arc;

use airlock_model::inspection::KindSize;
use airlock_model::{Finding, Report, ValidationId, escape};
use airlock_store::ValidationView;
use askama::Template;
use axum::extract::State;

use super::difference::{self, Differs};
use super::{Frame, Page, moment, on_page, page};
use crate::auth::Anyone;
use crate::extract::{PathOf, named};
use crate::problem::Problem;
use crate::routes;
use crate::state::ApiState;

struct StageRow {
    name: &'static str,
    state: &'static str,
    attempt: u32,
    waiting: Option<String>,
    started: String,
    finished: String,
}

struct FindingRow {
    rule: String,
    url: String,
    severity: &'static str,
    title: String,
    place: String,
    message: String,
    remedy: String,
    snippet: Option<String>,
    decision: Option<String>,
}

#[derive(Template)]
#[template(path = "validation.html")]
struct ValidationPage {
    frame: Frame,
    id: String,
    plugin: String,
    version: String,
    state: &'static str,
    verdict: &'static str,
    error: Option<String>,
    reasons: Vec<String>,
    counts: Vec<(&'static str, u64)>,
    stages: Vec<StageRow>,
    tests: Option<String>,
    /// How much there is of each kind of file.
    sizes: Vec<String>,
    import: Option<String>,
    /// Absent for those who may not see them.
    findings: Option<Vec<FindingRow>>,
    /// Absent for those who may not see it, and where nothing was compared.
    differs: Option<Differs>,
    /// What the package asks for, for those who may see it.
    asked: Vec<String>,
    advisories: Option<String>,
}

/// One validation: where it stands, why, and, for those who may see them, its findings.
#[utoipa::path(get, path = "/ui/validations/{id}", tag = "pages",
    params(("id" = String, Path, description = "The validation's id.")), security((), ("token" = [])),
    responses((status = 200, body = String, content_type = "text/html")))]
pub(super) async fn validation(
    State(state): State<Arc<ApiState>>,
    caller: Result<Anyone, Problem>,
    PathOf(id): PathOf<String>,
) -> Page {
    let failed = on_page::<Problem>(&state.settings);
    let Anyone(caller) = caller.map_err(&failed)?;
    let id: ValidationId = named("validation", &id).map_err(&failed)?;
    if let Some(caller) = &caller
        && let Ok(view) = state.store.validation(caller, id).await
    {
        let report = routes::report(&state, caller, id).await.map_err(&failed)?;
        return page(&shown(&state, view, Some(report)));
    }
    if caller.is_none() && !state.settings.anonymous_read {
        return Err(failed(Problem::unauthenticated()));
    }
    let view = state.store.published_validation(id).await.map_err(on_page(&state.settings))?;
    page(&shown(&state, view, None))
}

fn shown(state: &ApiState, view: ValidationView, report: Option<Report>) -> ValidationPage {
    let summary = view.summary;
    let count = summary.findings;
    let at = |time: Option<airlock_model::Timestamp>| time.map(moment).unwrap_or_default();
    let frame = Frame::of(&state.settings);
    // Reasons quote findings, so they are shown to the same people.
    let reasons = if report.is_some() { summary.reasons } else { Vec::new() };
    ValidationPage {
        id: summary.id.to_string(),
        plugin: summary.plugin.to_string(),
        version: summary.version.to_string(),
        state: summary.state.as_str(),
        verdict: summary.verdict.map_or("undecided", |verdict| verdict.as_str()),
        error: summary.error.map(|error| escape::line(&error)),
        reasons: reasons.iter().map(|reason| escape::line(reason)).collect(),
        counts: [
            ("critical", count.critical),
            ("high", count.high),
            ("medium", count.medium),
            ("low", count.low),
            ("note", count.note),
        ]
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .collect(),
        stages: view
            .stages
            .iter()
            .map(|stage| StageRow {
                name: stage.name.as_str(),
                state: stage.state.as_str(),
                attempt: stage.attempt,
                waiting: stage.queue_position.map(|place| format!("number {place} in line")),
                started: at(stage.started_at),
                finished: at(stage.finished_at),
            })
            .collect(),
        tests: report.as_ref().and_then(tests).map(|text| escape::line(&text)),
        sizes: report.iter().flat_map(|report| KindSize::of(&report.files)).map(KindSize::sentence).collect(),
        differs: report.as_ref().and_then(|report| report.difference.as_ref()).map(difference::shown),
        asked: report.as_ref().map(|report| difference::asked(&report.dependencies)).unwrap_or_default(),
        advisories: report.as_ref().and_then(|report| difference::advisories(report.advisories.as_ref())),
        import: report.as_ref().and_then(import).map(|text| escape::line(&text)),
        findings: report.map(|report| report.findings.iter().map(FindingRow::from).collect()),
        frame,
    }
}

fn import(report: &Report) -> Option<String> {
    let probe = report.tests.as_ref()?.probe.as_ref()?;
    let ending = probe.ending.sentence();
    Some(match probe.attempts.len() {
        0 => format!("{ending}; it tried nothing outside"),
        1 => format!("{ending}; it made one attempt outside"),
        count => format!("{ending}; it made {count} attempts outside"),
    })
}

fn tests(report: &Report) -> Option<String> {
    match &report.tests {
        Some(run) => Some(format!("{} ({} reported by its own tests)", run.outcome.sentence(), run.tests.len())),
        None => report.tests_not_run.clone(),
    }
}

impl From<&Finding> for FindingRow {
    fn from(finding: &Finding) -> Self {
        let file = finding.file.as_deref().map(escape::line).unwrap_or_default();
        let place = match finding.line {
            Some(line) => format!("{file}:{line}"),
            None => file,
        };
        Self {
            rule: escape::line(&finding.rule),
            url: finding.url.clone(),
            severity: finding.severity.as_str(),
            title: escape::line(&finding.title),
            place,
            message: escape::line(&finding.message),
            remedy: escape::line(&finding.remedy),
            snippet: finding.snippet.as_deref().map(escape::block),
            decision: finding.decision.as_ref().map(|decision| escape::line(&decision.because)),
        }
    }
}
