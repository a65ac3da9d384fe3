use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::origin;
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, paths, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-AGENT-model-output-code",
        title: "A model's answer is run as code",
        severity: Severity::High,
        confidence: Confidence::Medium,
        cwe: Some(94),
        bandit: &[],
        ruff: &[],
        remedy: "Have the model choose among functions that the plugin offers, or run its code in a sandbox without files and network.",
        doc: DOC,
    },
    hooks: &[
        Hook::Reach(paths::EVALUATORS, check),
        Hook::Reach(paths::CODE_MAKERS, check),
        Hook::Reach(paths::EXPRESSIONS, check),
        Hook::Reach(paths::SYMBOLS, symbols),
    ],
};

/// Asked only where a model's client is at hand, since code of that library asks it everywhere.
fn symbols<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if check.model.imports.iter().any(|import| !import.relative && origin::is_client(&import.path)) {
        self::check(check, site);
    }
}

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how != How::Called {
        return;
    }

    let Some(data) = site.call.and_then(|call| call.arguments.args.first()) else { return };
    let Some((path, at)) = check.model.touches(data, site.place.scope, &origin::is_answer) else { return };
    let mut finding = check.at(site.range, format!("{} runs what a model answered", site.path));
    finding.evidence.push(check.evidence(check.model.source.line(at), format!("{path} gives the model's answer")));
    check.report(finding);
}

const DOC: &str = r##"## What it finds
What a language model answered, reaching `exec`, `eval` or another way to run text as code.

## Why it is dangerous
Whoever gets words before the model, by a web page, a mail or a file that it reads, chooses what it answers, and so what runs.

## Example
```python
import openai

answer = openai.OpenAI().chat.completions.create(model="m", messages=[])
exec(answer.choices[0].message.content)
```

## Safe form
```python
import json, openai

answer = openai.OpenAI().chat.completions.create(model="m", messages=[])
json.loads(answer.choices[0].message.content)
```

## References
- CWE-94: Improper Control of Generation of Code
- [OWASP Top 10 for LLM Applications: Improper Output Handling](https://genai.owasp.org/llmrisk/llm052025-improper-output-handling/)
"##;
