//! Reports: what the stages found, kept whole, and put together again as one
//! report.

use airlock_model::finding::Decision;
use airlock_model::{Inspection, Report, RunReport, ValidationId};
use sqlx::FromRow;

use crate::database::{Store, Tx};
use crate::error::{StoreError, from_json, to_json};
use crate::findings;
use crate::results::Tests;
use crate::text::storable;
use crate::tokens::Caller;

#[derive(FromRow)]
struct ReportRow {
    inspection: String,
    run: Option<String>,
    tests_not_run: Option<String>,
    tests_decision: Option<String>,
}

/// Keeps an inspection (its findings apart), in place of an earlier attempt's.
pub(crate) async fn keep_inspection(
    tx: &mut Tx,
    validation: ValidationId,
    inspection: &Inspection,
) -> Result<(), StoreError> {
    let bare = Inspection { findings: Vec::new(), ..inspection.clone() };
    sqlx::query(
        "INSERT INTO reports (validation_id, inspection) VALUES ($1, $2) ON CONFLICT (validation_id) DO UPDATE \
         SET inspection = excluded.inspection, run = NULL, tests_not_run = NULL, tests_decision = NULL",
    )
    .bind(validation.to_string())
    .bind(to_json("an inspection", &bare)?)
    .execute(tx.sql())
    .await?;
    Ok(())
}

/// Keeps what became of the tests.
pub(crate) async fn keep_tests(
    tx: &mut Tx,
    validation: ValidationId,
    tests: Tests<'_>,
    decision: Option<&Decision>,
) -> Result<(), StoreError> {
    let (run, not_run) = match tests {
        Tests::Ran(report) => (Some(to_json("a run report", report)?), None),
        Tests::NotRun(why) => (None, Some(why)),
    };
    let decision = decision.map(|decision| to_json("a decision", decision)).transpose()?;
    sqlx::query("UPDATE reports SET run = $1, tests_not_run = $2, tests_decision = $3 WHERE validation_id = $4")
        .bind(run)
        .bind(not_run.map(storable))
        .bind(decision)
        .bind(validation.to_string())
        .execute(tx.sql())
        .await?;
    Ok(())
}

/// The inspection as it was recorded, without its findings.
pub(crate) async fn bare_inspection(tx: &mut Tx, id: ValidationId) -> Result<Option<Inspection>, StoreError> {
    let json: Option<String> = sqlx::query_scalar("SELECT inspection FROM reports WHERE validation_id = $1")
        .bind(id.to_string())
        .fetch_optional(tx.sql())
        .await?;
    json.map(|json| from_json("reports.inspection", &json)).transpose()
}

impl Store {
    /// The inspection of a validation with its findings undecided, as the test stage needs it.
    pub async fn inspection(&self, validation: ValidationId) -> Result<Inspection, StoreError> {
        let mut tx = self.read().await?;
        let mut inspection = bare_inspection(&mut tx, validation).await?.ok_or(StoreError::NotFound("inspection"))?;
        inspection.findings = findings::of(&mut tx, validation).await?;
        for finding in &mut inspection.findings {
            finding.decision = None;
        }
        Ok(inspection)
    }

    /// What the catalogue tells of a version's tests, in a sentence; `None` unless a version came of the validation.
    pub async fn tests_note(&self, validation: ValidationId) -> Result<Option<String>, StoreError> {
        let row: Option<(Option<String>, Option<String>)> = sqlx::query_as(
            "SELECT r.run, r.tests_not_run FROM reports r JOIN versions v ON v.validation_id = r.validation_id \
             WHERE r.validation_id = $1",
        )
        .bind(validation.to_string())
        .fetch_optional(self.pool())
        .await?;
        let Some((run, not_run)) = row else { return Ok(None) };
        let run: Option<RunReport> = run.as_deref().map(|json| from_json("reports.run", json)).transpose()?;
        Ok(run.map(|run| run.outcome.sentence()).or(not_run))
    }

    /// The report on a validation as far as it has come. Not found unless it is the caller's or the caller is an
    /// admin. `tool` is the program's name and version.
    pub async fn report(&self, caller: &Caller, id: ValidationId, tool: &str) -> Result<Report, StoreError> {
        let view = self.validation(caller, id).await?;
        let mut tx = self.read().await?;
        let row: Option<ReportRow> = sqlx::query_as(
            "SELECT inspection, run, tests_not_run, tests_decision FROM reports WHERE validation_id = $1",
        )
        .bind(id.to_string())
        .fetch_optional(tx.sql())
        .await?;
        let found = findings::of(&mut tx, id).await?;
        let mut report = Report::new(tool).with_findings(found);
        report.validation = Some(id);
        report.state = Some(view.summary.state);
        report.plugin = Some(view.summary.plugin);
        report.version = Some(view.summary.version);
        report.verdict = view.summary.verdict;
        report.reasons = view.summary.reasons;
        if let Some(row) = row {
            report = filled(report, &row)?;
        }
        Ok(report)
    }
}

fn filled(report: Report, row: &ReportRow) -> Result<Report, StoreError> {
    let inspection: Inspection = from_json("reports.inspection", &row.inspection)?;
    let run: Option<RunReport> = row.run.as_deref().map(|json| from_json("reports.run", json)).transpose()?;
    let decision = row.tests_decision.as_deref().map(|json| from_json("reports.tests_decision", json));
    let mut report = report.examined(inspection);
    report.tests = run;
    report.tests_not_run.clone_from(&row.tests_not_run);
    report.tests_decision = decision.transpose()?;
    Ok(report)
}
