//! Failpoints: named boundaries of a stage where a test can make the worker
//! die, stop or stumble. Without a configured point a boundary costs one
//! comparison and does nothing.
//!
//! A configuration is a list of `<stage>:<boundary>=<effect>`, separated by
//! commas, for instance `inspect:before-record=abort,promote:after-work=sleep-500`.

use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use airlock_model::StageName;

/// The boundaries of a stage, in the order in which it passes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Boundary {
    /// The stage is claimed; nothing is done yet.
    AfterClaim,
    /// The bytes it works on are here and verified.
    AfterFetch,
    /// The work is done; nothing of it is kept.
    AfterWork,
    /// Its objects are kept; the database knows nothing of them.
    BeforeRecord,
    /// The result is committed; nobody has been woken.
    AfterRecord,
}

impl Boundary {
    /// Every boundary, in order.
    pub const ALL: [Self; 5] =
        [Self::AfterClaim, Self::AfterFetch, Self::AfterWork, Self::BeforeRecord, Self::AfterRecord];

    /// The boundary's name in a configuration.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AfterClaim => "after-claim",
            Self::AfterFetch => "after-fetch",
            Self::AfterWork => "after-work",
            Self::BeforeRecord => "before-record",
            Self::AfterRecord => "after-record",
        }
    }
}

/// What happens at a configured boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    /// The process ends at once, as by `kill -9`: nothing is flushed, dropped or returned.
    Abort,
    /// The stage panics.
    Panic,
    /// The stage waits.
    Sleep(Duration),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Failpoint {
    stage: StageName,
    boundary: Boundary,
    effect: Effect,
}

/// The configured failpoints; none by default.
#[derive(Debug, Clone, Default)]
pub struct Failpoints(Option<Arc<[Failpoint]>>);

/// A text that configures no failpoint.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the failpoint {} cannot be read; write <stage>:<boundary>=<effect> with a stage of inspect, test, promote, \
     a boundary of after-claim, after-fetch, after-work, before-record, after-record, \
     and an effect of abort, panic, sleep-<milliseconds>",
    airlock_model::escape::quoted(.0)
)]
pub struct FailpointError(String);

impl Failpoints {
    /// Passes a boundary. Does nothing unless the boundary is configured.
    pub(crate) async fn pass(&self, stage: StageName, boundary: Boundary) {
        let Some(points) = &self.0 else { return };
        for point in points.iter().filter(|point| point.stage == stage && point.boundary == boundary) {
            point.strike().await;
        }
    }
}

impl Failpoint {
    async fn strike(self) {
        let place = format!("{}:{}", self.stage, self.boundary.as_str());
        tracing::warn!(failpoint.name = place, failpoint.effect = ?self.effect, "a configured failpoint strikes");
        match self.effect {
            Effect::Abort => std::process::abort(),
            Effect::Panic => panic!("failpoint {place}"),
            Effect::Sleep(duration) => tokio::time::sleep(duration).await,
        }
    }
}

impl FromStr for Failpoints {
    type Err = FailpointError;

    fn from_str(text: &str) -> Result<Self, FailpointError> {
        let points: Vec<Failpoint> =
            text.split(',').map(str::trim).filter(|part| !part.is_empty()).map(parse).collect::<Result<_, _>>()?;
        Ok(Self((!points.is_empty()).then(|| points.into())))
    }
}

fn parse(text: &str) -> Result<Failpoint, FailpointError> {
    let read = || {
        let (place, effect) = text.split_once('=')?;
        let (stage, boundary) = place.split_once(':')?;
        let effect = match effect {
            "abort" => Effect::Abort,
            "panic" => Effect::Panic,
            other => Effect::Sleep(Duration::from_millis(other.strip_prefix("sleep-")?.parse().ok()?)),
        };
        let boundary = Boundary::ALL.into_iter().find(|known| known.as_str() == boundary)?;
        Some(Failpoint { stage: stage.parse().ok()?, boundary, effect })
    };
    read().ok_or_else(|| FailpointError(text.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_configuration_is_read() {
        let points: Failpoints =
            "inspect:before-record=abort, promote:after-work=sleep-500".parse().expect("two points");
        let expected = [
            Failpoint { stage: StageName::Inspect, boundary: Boundary::BeforeRecord, effect: Effect::Abort },
            Failpoint {
                stage: StageName::Promote,
                boundary: Boundary::AfterWork,
                effect: Effect::Sleep(Duration::from_millis(500)),
            },
        ];
        assert_eq!(points.0.expect("configured").as_ref(), expected);
        assert!("".parse::<Failpoints>().expect("nothing configured").0.is_none());
    }

    #[test]
    fn a_misspelt_point_is_refused_by_name() {
        for text in [
            "inspect",
            "inspect:before-record",
            "inspect:nowhere=abort",
            "look:after-work=abort",
            "test:after-work=sleep-x",
        ] {
            let error = text.parse::<Failpoints>().expect_err(text);
            assert!(error.to_string().contains(text), "{error}");
        }
    }

    #[tokio::test]
    async fn only_the_configured_boundary_strikes() {
        let points: Failpoints = "test:after-work=panic".parse().expect("one point");
        points.pass(StageName::Test, Boundary::BeforeRecord).await;
        points.pass(StageName::Inspect, Boundary::AfterWork).await;
        let struck = tokio::spawn(async move { points.pass(StageName::Test, Boundary::AfterWork).await }).await;
        assert!(struck.expect_err("a panic").is_panic());
    }
}
