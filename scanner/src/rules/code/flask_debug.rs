use airlock_model::{Confidence, RuleMeta, Severity};

use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-flask-debug",
        title: "A web server with a debugger that anyone can use",
        severity: Severity::Medium,
        confidence: Confidence::High,
        cwe: Some(489),
        bandit: &["B201"],
        ruff: &["S201"],
        remedy: "Leave `debug` out; `flask --debug run` turns it on where it is wanted.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(&["flask.Flask().run", "flask.app.Flask().run"], check)],
};

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(debug) = site.argument("debug", 2).filter(|_| site.how == How::Called) else { return };
    if check.truth(debug, site.place.scope) == Some(true) {
        let finding = check.at(site.range, format!("{} is called with debug on", site.path));
        check.report(finding);
    }
}

const DOC: &str = r##"## What it finds
`flask.Flask().run(debug=True)`.

## Why it is dangerous
The debugger that comes up after an error runs whatever Python is typed into the page, on the machine of the server.

## Example
```python
from flask import Flask

app = Flask(__name__)
app.run(debug=True)
```

## Safe form
```python
from flask import Flask

app = Flask(__name__)
app.run()
```

## References
- [Flask: Debugging Application Errors](https://flask.palletsprojects.com/en/stable/debugging/)
- CWE-489: Active Debug Code
"##;
