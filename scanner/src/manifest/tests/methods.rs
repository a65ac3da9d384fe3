//! Entry points that lack what their type is called by.

use airlock_model::limits::ScanLimits;
use airlock_model::{Severity, Tree, TreePath};

use super::{told, with};
use crate::manifest::{ManifestCheck, check};

fn of(kind: &str, source: &str) -> ManifestCheck {
    let mut tree = Tree::new();
    let mut insert = |path: &str, text: &str| {
        tree.insert(TreePath::new(path).expect("a plain path"), text.as_bytes());
    };
    insert("plugin.yaml", &with(&[("type", kind)]));
    insert("weather/plugin.py", source);
    insert("weather/base.py", "class Base:\n    def execute(self): ...\n");
    check(&tree, &ScanLimits::default())
}

#[test]
fn a_class_that_cannot_work_is_warned_of() {
    let mut all = String::new();
    for (kind, source) in [
        ("tool", "class Weather:\n    pass\n"),
        ("agent", "class Weather:\n    def think(self): ...\n"),
        ("tool", "from agenticraft import BaseTool\nclass Weather(BaseTool):\n    def run(self): ...\n"),
        ("tool", "import agenticraft.core.tool as t\nclass Weather(t.BaseTool):\n    async def arun(self): ...\n"),
        ("tool", "from agenticraft.plugins import BasePlugin as P\nclass Weather(P):\n    def get_tools(self): ...\n"),
        ("agent", "from agenticraft.plugins import AgentPlugin\nclass Weather(AgentPlugin): ...\n"),
    ] {
        let check = of(kind, source);
        let found: Vec<_> = check.findings.iter().filter(|f| f.rule == "AL-MANIFEST-entry-point-methods").collect();
        assert_eq!(found.len(), 1, "{source}\n{}", told(&check));
        assert_eq!(found[0].severity, Severity::Low);
        assert!(check.manifest.is_some(), "a warning does not bar");
        all.push_str(&format!("# {kind}: {}\n{}", source.replace('\n', " | "), told(&check)));
    }
    insta::assert_snapshot!(all);
}

#[test]
fn what_works_or_cannot_be_seen_is_left_alone() {
    for (kind, source) in [
        ("tool", "class Weather:\n    def run(self): ...\n"),
        ("tool", "class Weather:\n    def __call__(self): ...\n"),
        ("tool", "class Weather:\n    def get_tools(self): ...\n"),
        ("agent", "class Weather:\n    async def arun(self): ...\n"),
        ("tool", "from .base import Base\nclass Weather(Base): ...\n"),
        ("tool", "from elsewhere import Base\nclass Weather(Base): ...\n"),
        ("tool", "from agenticraft import BaseTool\nfrom mixins import M\nclass Weather(M, BaseTool): ...\n"),
        (
            "tool",
            "from agenticraft import BaseTool\nclass Weather(BaseTool):\n    async def arun(self): ...\n    def get_definition(self): ...\n",
        ),
        ("agent", "from agenticraft import Agent\nclass Weather(Agent): ...\n"),
        ("tool", "def Weather(place): ...\n"),
        ("tool", "from agenticraft import tool\n@tool\ndef Weather(place): ...\n"),
        ("tool", "Weather = object()\n"),
        ("memory", "class Weather:\n    pass\n"),
        ("provider", "class Weather:\n    pass\n"),
    ] {
        let check = of(kind, source);
        let found = check.findings.iter().any(|finding| finding.rule == "AL-MANIFEST-entry-point-methods");
        assert!(!found, "{source}\n{}", told(&check));
    }
}
