//! Names that could be taken for known ones, as the manifest's checker tells them.

use airlock_model::finding::PolicyAction;
use airlock_model::limits::ScanLimits;
use airlock_model::{PluginName, Policy, Tree, TreePath};

use super::{told, with};
use crate::manifest::{ManifestCheck, check_among};

fn among(name: &str, listed: &[&str]) -> ManifestCheck {
    let listed: Vec<PluginName> = listed.iter().map(|name| name.parse().expect("a name")).collect();
    let mut tree = Tree::new();
    let mut insert = |path: &str, text: &str| {
        tree.insert(TreePath::new(path).expect("a plain path"), text.as_bytes());
    };
    insert("plugin.yaml", &with(&[("name", name)]));
    insert("weather/plugin.py", "class Weather:\n    def run(self): ...\n");
    check_among(&tree, &ScanLimits::default(), &listed)
}

#[test]
fn a_near_name_holds_and_the_very_name_of_a_package_is_a_note() {
    let mut all = String::new();
    for (name, rule, action) in [
        ("weahter-tool", "AL-MANIFEST-name-near-plugin", PolicyAction::Hold),
        ("official-weather-tool", "AL-MANIFEST-name-near-plugin", PolicyAction::Hold),
        ("colections", "AL-MANIFEST-name-near-module", PolicyAction::Hold),
        ("reqeusts", "AL-MANIFEST-name-near-package", PolicyAction::Hold),
        ("python-pandas", "AL-MANIFEST-name-near-package", PolicyAction::Hold),
        ("requests", "AL-MANIFEST-name-of-package", PolicyAction::Note),
    ] {
        let check = among(name, &["weather-tool"]);
        let manifest = check.manifest.as_ref();
        assert_eq!(manifest.map(|manifest| manifest.name.as_str()), Some(name), "a near name is still read");
        let finding = check.findings.iter().find(|finding| finding.rule == rule).expect(name);
        assert_eq!((finding.line, finding.column), (Some(1), Some(7)), "{name}");
        assert_eq!(Policy::default().decide_finding(finding).action, action, "{name}");
        all.push_str(&format!("# {name}\n{}", told(&check)));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn ordinary_names_and_ones_own_raise_nothing() {
    for name in ["weather-tool", "weather-tools", "weather", "storm-warning"] {
        let check = among(name, &["weather-tool"]);
        assert!(check.findings.iter().all(|finding| !finding.rule.contains("-name-near-")), "{}", told(&check));
    }
}
