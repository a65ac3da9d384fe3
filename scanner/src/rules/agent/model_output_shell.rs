use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::origin;
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-AGENT-model-output-shell",
        title: "A model's answer is run as a command",
        severity: Severity::High,
        confidence: Confidence::Medium,
        cwe: Some(78),
        bandit: &[],
        ruff: &[],
        remedy: "Have the model choose among commands that the plugin offers, and pass its words as arguments in a list.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(paths::SHELLS, check), Hook::Reach(paths::PROCESSES, check)],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how != How::Called {
        return;
    }

    let Some(data) = site.call.and_then(|call| call.arguments.args.first()) else { return };
    let Some((path, at)) = check.model.touches(data, site.place.scope, &origin::is_answer) else { return };
    let mut finding = check.at(site.range, format!("{} is given what a model answered", site.path));
    finding.evidence.push(check.evidence(check.model.source.line(at), format!("{path} gives the model's answer")));
    check.report(finding);
}

const DOC: &str = r##"## What it finds
What a language model answered, reaching a shell or the arguments of a program. As one argument in a list behind a constant program it is of medium severity.

## Why it is dangerous
Whoever gets words before the model chooses what it answers, and so which command runs.

## Example
```python
import os
from anthropic import Anthropic

reply = Anthropic().messages.create(model="m", max_tokens=100, messages=[])
os.system(reply.content[0].text)
```

## Safe form
```python
from anthropic import Anthropic

reply = Anthropic().messages.create(model="m", max_tokens=100, messages=[])
print(reply.content[0].text)
```

## References
- CWE-78: Improper Neutralization of Special Elements used in an OS Command
- [OWASP Top 10 for LLM Applications: Improper Output Handling](https://genai.owasp.org/llmrisk/llm052025-improper-output-handling/)
"##;
