use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::origin;
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-AGENT-model-output-sql",
        title: "A model's answer is run as a query",
        severity: Severity::Medium,
        confidence: Confidence::Medium,
        cwe: Some(89),
        bandit: &[],
        ruff: &[],
        remedy: "Have the model fill in parameters of queries that the plugin writes, over a connection that can only read.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(QUERIES, check), Hook::Reach(&["sqlalchemy.text"], check)],
};

/// What runs a query, as the database libraries have it.
const QUERIES: &[&str] = &[
    "sqlite3.connect().execute",
    "sqlite3.connect().executescript",
    "sqlite3.connect().cursor().execute",
    "sqlite3.connect().cursor().executescript",
    "psycopg2.connect().cursor().execute",
    "psycopg.connect().execute",
    "psycopg.connect().cursor().execute",
    "pymysql.connect().cursor().execute",
    "mysql.connector.connect().cursor().execute",
    "duckdb.connect().execute",
    "duckdb.sql",
    "duckdb.query",
    "sqlalchemy.create_engine().execute",
    "sqlalchemy.create_engine().connect().execute",
    "pandas.read_sql",
    "pandas.read_sql_query",
];

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
What a language model answered, reaching the text of a database query.

## Why it is dangerous
Whoever gets words before the model chooses what it answers, and so what is read from the database or removed from it.

## Example
```python
import sqlite3, ollama

query = ollama.chat(model="m", messages=[])["message"]["content"]
sqlite3.connect("a.db").execute(query)
```

## Safe form
```python
import sqlite3, ollama

name = ollama.chat(model="m", messages=[])["message"]["content"]
sqlite3.connect("a.db").execute("SELECT * FROM t WHERE name = ?", (name,))
```

## References
- CWE-89: Improper Neutralization of Special Elements used in an SQL Command
- [OWASP Top 10 for LLM Applications: Improper Output Handling](https://genai.owasp.org/llmrisk/llm052025-improper-output-handling/)
"##;
