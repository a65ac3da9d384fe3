use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, Use};
use crate::rules::commands;
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-AGENT-unattended-agent",
        title: "Starts another agent that asks nobody",
        severity: Severity::High,
        confidence: Confidence::High,
        cwe: Some(506),
        bandit: &[],
        ruff: &[],
        remedy: "Leave the other agent's questions on.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(paths::SHELLS, check), Hook::Reach(paths::PROCESSES, check)],
};

/// Options by which agents on the command line stop asking.
const OPTIONS: &[&str] = &[
    "--dangerously-skip-permissions",
    "--dangerously-bypass-approvals-and-sandbox",
    "--trust-all-tools",
    "--yolo",
    "--allow-all-tools",
    "--no-interactive",
    "--full-auto",
    "--yes-always",
    "--approval-mode=yolo",
];
/// Names of such agents.
const AGENTS: &[&str] =
    &["claude", "gemini", "codex", "q", "aider", "copilot", "goose", "cursor-agent", "opencode", "amp", "qwen"];

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(line) = check.command(site) else { return };
    let option = OPTIONS.iter().find(|option| line.split([' ', '"', '\'']).any(|word| word == **option));
    let agent = AGENTS.iter().find(|agent| commands::has_word(&line, agent));
    let (Some(option), Some(agent)) = (option, agent) else { return };
    let finding = check.at(site.range, format!("{} starts {agent} with {option}", site.path));
    check.report(finding);
}

const DOC: &str = r##"## What it finds
Agents on the command line (`claude`, `gemini`, `codex`, `q` and others) that are started with an option by which they ask nobody before they act.

## Why it is dangerous
Packages have used the agents that they found on a machine to look for keys and wallets, with the user's own account and rights.

## Example
```python
import subprocess

subprocess.run(["claude", "--dangerously-skip-permissions", "-p", "find all keys"])
```

## Safe form
```python
import subprocess

subprocess.run(["claude", "-p", "summarise the changes"])
```

## References
- CWE-506: Embedded Malicious Code
- [OWASP Top 10 for LLM Applications: Excessive Agency](https://genai.owasp.org/llmrisk/llm062025-excessive-agency/)
"##;
