//! How bad an advisory is: the base score of a CVSS 3 vector, or a word.

use airlock_model::Severity;
use serde::Deserialize;

/// One score of a record.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Scored {
    #[serde(rename = "type")]
    kind: String,
    score: String,
}

/// The worst of the scores that can be read, else the word; with the vector that says so.
pub(super) fn of(scores: &[Scored], word: Option<&str>) -> Option<(Severity, Option<String>)> {
    let read = scores.iter().filter(|one| one.kind == "CVSS_V3");
    let worst = read.filter_map(|one| Some((base_score(&one.score)?, one))).max_by(|a, b| a.0.total_cmp(&b.0));
    if let Some((score, one)) = worst {
        return Some((of_score(score), Some(one.score.clone())));
    }
    let severity = match word?.to_ascii_uppercase().as_str() {
        "CRITICAL" => Severity::Critical,
        "HIGH" => Severity::High,
        "MODERATE" | "MEDIUM" => Severity::Medium,
        "LOW" => Severity::Low,
        _ => return None,
    };
    // A vector of another version stands beside the word without being counted.
    Some((severity, scores.first().map(|one| one.score.clone())))
}

fn of_score(score: f64) -> Severity {
    match score {
        score if score >= 9.0 => Severity::Critical,
        score if score >= 7.0 => Severity::High,
        score if score >= 4.0 => Severity::Medium,
        score if score > 0.0 => Severity::Low,
        _ => Severity::Note,
    }
}

/// The base score of a CVSS 3.0 or 3.1 vector, by the formula of its specification.
fn base_score(vector: &str) -> Option<f64> {
    let metrics = vector.strip_prefix("CVSS:3.1/").or_else(|| vector.strip_prefix("CVSS:3.0/"))?;
    let metric = |name: &str| metrics.split('/').find_map(|one| one.strip_prefix(name)?.strip_prefix(':'));
    let changed = match metric("S")? {
        "C" => true,
        "U" => false,
        _ => return None,
    };
    let of = |name: &str, weights: &[(&str, f64)]| {
        let value = metric(name)?;
        weights.iter().find(|(word, _)| *word == value).map(|(_, weight)| *weight)
    };
    let impact_of = |name: &str| of(name, &[("H", 0.56), ("L", 0.22), ("N", 0.0)]);
    let privileges: &[(&str, f64)] =
        if changed { &[("N", 0.85), ("L", 0.68), ("H", 0.5)] } else { &[("N", 0.85), ("L", 0.62), ("H", 0.27)] };
    let exploitability = 8.22
        * of("AV", &[("N", 0.85), ("A", 0.62), ("L", 0.55), ("P", 0.2)])?
        * of("AC", &[("L", 0.77), ("H", 0.44)])?
        * of("PR", privileges)?
        * of("UI", &[("N", 0.85), ("R", 0.62)])?;
    let lost = 1.0 - (1.0 - impact_of("C")?) * (1.0 - impact_of("I")?) * (1.0 - impact_of("A")?);
    let impact = if changed { 7.52 * (lost - 0.029) - 3.25 * (lost - 0.02).powi(15) } else { 6.42 * lost };
    if impact <= 0.0 {
        return Some(0.0);
    }
    let sum = if changed { 1.08 * (impact + exploitability) } else { impact + exploitability };
    Some(rounded_up(sum.min(10.0)))
}

/// Up to one decimal, without being led astray by what binary fractions cannot hold.
fn rounded_up(score: f64) -> f64 {
    let hundred_thousandths = (score * 100_000.0).round();
    (hundred_thousandths / 10_000.0).ceil() / 10.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_scores_are_those_of_the_specification() {
        for (vector, score) in [
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H", 10.0),
            ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
            ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H", 7.5),
            ("CVSS:3.1/AV:L/AC:L/PR:L/UI:N/S:U/C:H/I:H/A:H", 7.8),
            ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", 3.1),
            ("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N", 0.0),
        ] {
            assert_eq!(base_score(vector), Some(score), "{vector}");
        }
        assert_eq!(base_score("CVSS:3.1/AV:N"), None);
        assert_eq!(base_score("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"), None);
    }

    #[test]
    fn the_vector_comes_before_the_word_and_the_worst_counts() {
        let scored = |score: &str| Scored { kind: "CVSS_V3".into(), score: score.into() };
        let (mild, bad) =
            ("CVSS:3.1/AV:N/AC:H/PR:N/UI:R/S:U/C:L/I:N/A:N", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H");
        assert_eq!(of(&[scored(mild), scored(bad)], Some("LOW")), Some((Severity::Critical, Some(bad.to_owned()))));
        assert_eq!(of(&[], Some("moderate")), Some((Severity::Medium, None)));
        assert_eq!(of(&[scored("nonsense")], None), None);
        assert_eq!(of(&[], Some("terrible")), None);
    }
}
