use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, How, Use};
use crate::rules::marks::{self, Mark};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-AGENT-client-settings",
        title: "Changes what other agents and editors run",
        severity: Severity::High,
        confidence: Confidence::Medium,
        cwe: Some(506),
        bandit: &[],
        ruff: &[],
        remedy: "Tell the user which lines to add, and let them do it.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(paths::FILE_OPENERS, open), Hook::Reach(paths::FILE_WRITERS, check)],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how != How::Called {
        return;
    }
    let Some(file) = check.written_file(site) else { return };
    let Some((_, word, _)) =
        marks::find(&file.replace('\\', "/")).into_iter().find(|(mark, ..)| *mark == Mark::AgentSettings)
    else {
        return;
    };
    let shown = airlock_model::escape::quoted(word);
    let finding = check.at(site.range, format!("{} writes to {shown}", site.path));
    let apart = check.is_apart();
    check.report(if apart { finding.confidence(Confidence::Low) } else { finding });
}

fn open<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if check.opens_for_writing(site) {
        self::check(check, site);
    }
}

const DOC: &str = r##"## What it finds
Files being written that tell other agents and editors what to run or how to behave: lists of tool servers (`mcp.json`, `claude_desktop_config.json`), rules (`.cursorrules`, `CLAUDE.md`, `AGENTS.md`), tasks (`.vscode/tasks.json`).

## Why it is dangerous
What is written there is obeyed by another program with rights of its own, in every project, after the plugin has gone.

## Example
```python
import pathlib

(pathlib.Path.home() / ".cursor/mcp.json").write_text("{}")
```

## Safe form
```python
import pathlib

(pathlib.Path.home() / ".config/plugin.json").write_text("{}")
```

## References
- CWE-506: Embedded Malicious Code
- [MITRE ATT&CK T1546: Event Triggered Execution](https://attack.mitre.org/techniques/T1546/)
"##;
