//! A second version beside the first: what differs is told, and weighs.

use airlock_model::advisory::Exposure;
use airlock_model::difference::Step;
use airlock_model::finding::Capability;
use airlock_model::{Report, ValidationState};
use libtest_mimic::Trial;

use crate::world::{World, changed, gate, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("a_first_version_has_nothing_before_it", first),
        trial("a_new_capability_in_a_patch_release_is_held", new_in_patch),
        trial("the_same_capability_in_a_minor_release_passes", new_in_minor),
        trial("wider_permissions_in_a_patch_release_are_held", widened_in_patch),
        trial("a_version_is_compared_with_the_highest_listed_one_below_it", highest_below),
        trial("a_vulnerable_pin_is_refused_and_its_fix_named", vulnerable_pin),
    ]
}

const NETWORK: &str = "import urllib.request\n\n\ndef fetch(url):\n    return urllib.request.urlopen(url)\n";

async fn ended(
    world: &World,
    version: &str,
    manifest: &str,
    more: &[(&str, &str)],
) -> anyhow::Result<(ValidationState, Report)> {
    let accepted = world.submit("adds-numbers", version, changed("adds-numbers", version, manifest, more)).await?;
    let view = world.settled(accepted.validation).await?;
    Ok((view.summary.state, world.store.report(&world.publisher, accepted.validation, "test").await?))
}

fn rules(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

async fn first() -> anyhow::Result<()> {
    let world = World::new().await?;
    let worker = world.start(|_| {});
    let (state, report) = ended(&world, "1.0.0", "", &[]).await?;
    assert_eq!(state, ValidationState::Published);
    let difference = report.difference.expect("compared");
    assert_eq!((difference.previous, difference.step), (None, None));
    assert!(rules(&Report { difference: None, ..report }).contains(&"AL-DEPS-advisories-absent"));
    worker.stop().await
}

async fn new_in_patch() -> anyhow::Result<()> {
    let world = World::new().await?;
    let worker = world.start(|_| {});
    ended(&world, "1.0.0", "", &[("old.py", "x = 1\n")]).await?;
    let more = [("fetches.py", NETWORK), ("requirements.txt", "requests==2.32.3\n")];
    let (state, report) = ended(&world, "1.0.1", "", &more).await?;
    assert_eq!(state, ValidationState::Held, "{:?}", report.reasons);
    assert!(report.reasons.iter().any(|reason| reason.contains("AL-CAPABILITY-new-in-patch")), "{:?}", report.reasons);
    let difference = report.difference.expect("compared");
    assert_eq!(difference.previous.map(|version| version.to_string()).as_deref(), Some("1.0.0"));
    assert_eq!(difference.step, Some(Step::Patch));
    assert_eq!(difference.capabilities.gained, [Capability::Network]);
    let paths = |list: &airlock_model::difference::Listed<airlock_model::difference::FileChange>| {
        list.items.iter().map(|one| one.path.clone()).collect::<Vec<_>>()
    };
    assert_eq!(paths(&difference.files.added), ["fetches.py", "requirements.txt"]);
    assert_eq!(paths(&difference.files.removed), ["old.py"]);
    assert_eq!(paths(&difference.files.changed), ["plugin.yaml"]);
    assert_eq!(difference.dependencies.added.items[0].name, "requests");
    let new: Vec<&str> = difference.findings.new.items.iter().map(|one| one.rule.as_str()).collect();
    assert!(new.contains(&"AL-CAPABILITY-network") && !new.contains(&"AL-CAPABILITY-new-in-patch"), "{new:?}");
    worker.stop().await
}

async fn new_in_minor() -> anyhow::Result<()> {
    let world = World::new().await?;
    let worker = world.start(|_| {});
    ended(&world, "1.0.0", "", &[]).await?;
    let (state, report) = ended(&world, "1.1.0", "", &[("fetches.py", NETWORK)]).await?;
    assert_eq!(state, ValidationState::Published, "{:?}", report.reasons);
    assert!(!rules(&report).contains(&"AL-CAPABILITY-new-in-patch"));
    assert_eq!(report.difference.expect("compared").step, Some(Step::Minor));
    worker.stop().await
}

async fn widened_in_patch() -> anyhow::Result<()> {
    let world = World::new().await?;
    let worker = world.start(|_| {});
    let narrow = "permissions:\n  network: [api.example]\n";
    let wide = "permissions:\n  network: [\"*\"]\n";
    ended(&world, "1.0.0", narrow, &[]).await?;
    let (state, report) = ended(&world, "1.0.1", wide, &[]).await?;
    assert_eq!(state, ValidationState::Held, "{:?}", report.reasons);
    assert!(rules(&report).contains(&"AL-CAPABILITY-widened-in-patch"));
    let (state, report) = ended(&world, "1.1.0", wide, &[]).await?;
    assert_eq!(state, ValidationState::Published, "{:?}", report.reasons);
    worker.stop().await
}

async fn highest_below() -> anyhow::Result<()> {
    let world = World::new().await?;
    let worker = world.start(|_| {});
    for version in ["1.0.0", "2.0.0", "1.1.0"] {
        assert_eq!(ended(&world, version, "", &[]).await?.0, ValidationState::Published);
    }
    let previous = |report: Report| report.difference.and_then(|one| one.previous).map(|one| one.to_string());
    let (_, report) = ended(&world, "1.1.1", "", &[]).await?;
    assert_eq!(previous(report).as_deref(), Some("1.1.0"));
    let (_, report) = ended(&world, "0.9.0", "", &[]).await?;
    assert_eq!(report.difference.as_ref().and_then(|one| one.step), Some(Step::Back));
    assert_eq!(previous(report).as_deref(), Some("1.1.1"), "nothing is below it, so the one that was published last");
    worker.stop().await
}

async fn vulnerable_pin() -> anyhow::Result<()> {
    let world = World::new().await?;
    let folder = world.dir.path().join("advisories");
    let record = serde_json::json!({
        "id": "PYSEC-2026-1", "modified": "2026-05-01T00:00:00Z", "summary": "It leaks",
        "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
        "affected": [{"package": {"ecosystem": "PyPI", "name": "Leaky"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.2"}]}]}],
    });
    let file = world.dir.path().join("record.json");
    std::fs::write(&file, record.to_string())?;
    airlock_gate::advisories::import(&file, &folder)?;
    let worker = world.start(|settings| {
        settings.gate = gate(|gate| {
            let max_age = std::time::Duration::from_secs(24 * 60 * 60);
            gate.advisories = airlock_gate::advisories::Advisories::in_folder(&folder, max_age);
        });
    });
    let (state, report) = ended(&world, "1.0.0", "", &[("requirements.txt", "other==1\nleaky==1.1\n")]).await?;
    assert_eq!(state, ValidationState::Rejected, "{:?}", report.reasons);
    let finding = report.findings.iter().find(|one| one.rule == "AL-DEPS-known-vulnerable").expect("found");
    assert_eq!((finding.file.as_deref(), finding.line), (Some("requirements.txt"), Some(2)));
    assert_eq!(finding.remedy, "Ask for leaky 1.2 or later.");
    let check = report.advisories.expect("asked");
    assert_eq!((check.checked, check.vulnerabilities[0].exposure), (true, Exposure::Every));
    let (state, report) = ended(&world, "1.0.0", "", &[("requirements.txt", "leaky==1.2\n")]).await?;
    assert_eq!(state, ValidationState::Published, "{:?}", report.reasons);
    let materials = world.store.materials(&"adds-numbers".parse()?, &"1.0.0".parse()?).await?.expect("published");
    let circumstances = airlock_model::sbom::Circumstances { supplier: Some("paula"), published_at: None };
    let document = airlock_model::sbom::render(&materials.inspection, "airlock test", circumstances).expect("a bill");
    assert!(document["components"].as_array().expect("a list").iter().any(|one| one["purl"] == "pkg:pypi/leaky@1.2"));
    assert_eq!(document["vulnerabilities"], serde_json::json!([]));
    worker.stop().await
}
