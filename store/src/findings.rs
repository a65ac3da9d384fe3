//! Findings: a row each, so that they can be counted and searched; the whole
//! finding is beside it as JSON.

use airlock_model::finding::Capability;
use airlock_model::{Finding, ValidationId};

use crate::database::Tx;
use crate::error::{StoreError, from_json, to_json, whole};
use crate::text::storable;

/// Rows of one statement; SQLite allows 32,766 parameters and PostgreSQL 65,535.
const BATCH: usize = 100;

const COLUMNS: usize = 12;

/// Puts these findings in the place of what was recorded before.
pub(crate) async fn replace(tx: &mut Tx, validation: ValidationId, findings: &[Finding]) -> Result<(), StoreError> {
    sqlx::query("DELETE FROM findings WHERE validation_id = $1").bind(validation.to_string()).execute(tx.sql()).await?;
    for (batch, rows) in findings.chunks(BATCH).enumerate() {
        let sql = format!(
            "INSERT INTO findings (validation_id, ordinal, rule, severity, confidence, file, line, fingerprint, \
             capability, action, because, body) VALUES {}",
            places(rows.len())
        );
        let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
        for (place, finding) in rows.iter().enumerate() {
            let decision = finding.decision.as_ref();
            let action = decision.map(|decision| serde_json::json!(decision.action));
            query = query
                .bind(validation.to_string())
                .bind(whole((batch * BATCH + place) as u64))
                .bind(&finding.rule)
                .bind(finding.severity.as_str())
                .bind(finding.confidence.as_str())
                .bind(finding.file.as_deref().map(storable))
                .bind(finding.line.map(i64::from))
                .bind(storable(&finding.fingerprint))
                .bind(finding.capability.map(Capability::as_str))
                .bind(action.as_ref().and_then(|action| action.as_str()).map(str::to_owned))
                .bind(decision.map(|decision| storable(&decision.because)))
                .bind(to_json("a finding", finding)?);
        }
        query.execute(tx.sql()).await?;
    }
    Ok(())
}

/// The findings of a validation in the order in which they were recorded.
pub(crate) async fn of(tx: &mut Tx, validation: ValidationId) -> Result<Vec<Finding>, StoreError> {
    let bodies: Vec<String> = sqlx::query_scalar("SELECT body FROM findings WHERE validation_id = $1 ORDER BY ordinal")
        .bind(validation.to_string())
        .fetch_all(tx.sql())
        .await?;
    bodies.iter().map(|body| from_json("findings.body", body)).collect()
}

/// `($1, $2, …), (…)` for so many rows.
fn places(rows: usize) -> String {
    let row = |number: usize| {
        let numbers: Vec<String> = (1..=COLUMNS).map(|column| format!("${}", number * COLUMNS + column)).collect();
        format!("({})", numbers.join(", "))
    };
    (0..rows).map(row).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn places_count_on_from_row_to_row() {
        assert_eq!(places(1), "($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)");
        assert!(places(2).ends_with("($13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24)"));
    }
}
