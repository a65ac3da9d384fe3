//! A validation as its publisher sees it (DESIGN.md section 4).

use airlock_model::{
    PluginName, PluginVersion, StageName, StageState, Timestamp, ValidationId, ValidationState, Verdict,
};
use airlock_store::{Cursor, Page, Review, StageView, ValidationSummary, ValidationView};
use serde::Serialize;
use utoipa::ToSchema;

use crate::links::Links;

/// Where what belongs to a validation is.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValidationLinks {
    /// The validation itself.
    #[serde(rename = "self")]
    pub itself: String,
    /// The whole report, JSON.
    pub report: String,
    /// The findings as SARIF 2.1.0.
    pub sarif: String,
    /// Server-sent events.
    pub events: String,
    /// The files that were examined.
    pub files: String,
    /// A page for people.
    pub html: String,
}

impl ValidationLinks {
    /// The addresses that belong to `id`.
    #[must_use]
    pub fn of(id: ValidationId, links: Links<'_>) -> Self {
        Self {
            itself: links.validation(id),
            report: links.of_validation(id, "report"),
            sarif: links.of_validation(id, "report.sarif"),
            events: links.of_validation(id, "events"),
            files: links.of_validation(id, "files"),
            html: links.validation_page(id),
        }
    }
}

/// How many findings there are of each severity.
#[derive(Debug, Serialize, ToSchema)]
pub struct FindingsCountAnswer {
    /// Critical findings.
    pub critical: u64,
    /// High findings.
    pub high: u64,
    /// Medium findings.
    pub medium: u64,
    /// Low findings.
    pub low: u64,
    /// Notes.
    pub note: u64,
}

/// One stage.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageAnswer {
    /// Which stage.
    #[schema(value_type = String, example = "inspect")]
    pub name: StageName,
    /// Where it stands.
    #[schema(value_type = String, example = "running")]
    pub state: StageState,
    /// The attempt, from 1.
    pub attempt: u32,
    /// When this attempt began.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub started_at: Option<Timestamp>,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
    /// How many wait before it, itself included, while it waits.
    pub queue_position: Option<u64>,
    /// When it will probably be done.
    pub eta_seconds: Option<u64>,
}

impl From<&StageView> for StageAnswer {
    fn from(stage: &StageView) -> Self {
        Self {
            name: stage.name,
            state: stage.state,
            attempt: stage.attempt,
            started_at: stage.started_at,
            finished_at: stage.finished_at,
            queue_position: stage.queue_position,
            eta_seconds: stage.eta_seconds,
        }
    }
}

/// A validation without its stages, as lists show it.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValidationListed {
    /// The id.
    #[schema(value_type = String, format = "uuid")]
    pub id: ValidationId,
    /// The plugin.
    #[schema(value_type = String, example = "weather-tool")]
    pub plugin: PluginName,
    /// The version.
    #[schema(value_type = String, example = "1.0.0")]
    pub version: PluginVersion,
    /// Who uploaded.
    pub publisher: String,
    /// Where it stands.
    #[schema(value_type = String, example = "inspecting")]
    pub state: ValidationState,
    /// What the policy, or a person after it, decided; null while undecided.
    #[schema(value_type = Option<String>, example = "approve")]
    pub verdict: Option<Verdict>,
    /// How many findings of each severity.
    pub findings_count: FindingsCountAnswer,
    /// Why, worst first.
    pub reasons: Vec<String>,
    /// What went wrong on our side, when it is errored.
    pub error: Option<String>,
    /// The validation of a newer upload that took its place.
    #[schema(value_type = Option<String>, format = "uuid")]
    pub superseded_by: Option<ValidationId>,
    /// When the upload was accepted.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub updated_at: Timestamp,
    /// When it settled.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
    /// Where what belongs to it is.
    pub links: ValidationLinks,
}

impl ValidationListed {
    /// Tells what `summary` holds.
    #[must_use]
    pub fn of(summary: ValidationSummary, links: Links<'_>) -> Self {
        let count = summary.findings;
        Self {
            id: summary.id,
            plugin: summary.plugin,
            version: summary.version,
            publisher: summary.owner_name.to_string(),
            state: summary.state,
            verdict: summary.verdict,
            findings_count: FindingsCountAnswer {
                critical: count.critical,
                high: count.high,
                medium: count.medium,
                low: count.low,
                note: count.note,
            },
            reasons: summary.reasons,
            error: summary.error,
            superseded_by: summary.superseded_by,
            created_at: summary.created_at,
            updated_at: summary.updated_at,
            finished_at: summary.finished_at,
            links: ValidationLinks::of(summary.id, links),
        }
    }
}

/// A validation with its stages.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValidationAnswer {
    /// Everything but the stages.
    #[serde(flatten)]
    pub summary: ValidationListed,
    /// The stages so far, in the order of the journey.
    pub stages: Vec<StageAnswer>,
}

impl ValidationAnswer {
    /// Tells what `view` holds.
    #[must_use]
    pub fn of(view: ValidationView, links: Links<'_>) -> Self {
        let stages = view.stages.iter().map(StageAnswer::from).collect();
        Self { summary: ValidationListed::of(view.summary, links), stages }
    }
}

/// One page of validations.
#[derive(Debug, Serialize, ToSchema)]
pub struct ValidationsPage {
    /// The validations, newest first.
    pub validations: Vec<ValidationListed>,
    /// The cursor of the next page; null on the last.
    #[schema(value_type = Option<String>)]
    pub next: Option<String>,
}

impl ValidationsPage {
    /// Tells what `page` holds.
    #[must_use]
    pub fn of(page: Page<ValidationSummary>, links: Links<'_>) -> Self {
        Self {
            validations: page.items.into_iter().map(|summary| ValidationListed::of(summary, links)).collect(),
            next: page.next.as_ref().map(Cursor::to_string),
        }
    }
}

/// One decision of a person.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReviewAnswer {
    /// `approve` or `reject`.
    pub decision: &'static str,
    /// Why.
    pub reason: String,
    /// The name of who decided.
    pub by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl From<Review> for ReviewAnswer {
    fn from(review: Review) -> Self {
        Self {
            decision: review.decision.as_str(),
            reason: review.reason,
            by: review.by_name.to_string(),
            at: review.at,
        }
    }
}
