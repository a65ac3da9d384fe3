use airlock_model::{Confidence, RuleMeta, Severity};

use crate::python::model::origin::SourceKind;
use crate::rules::check::{Check, How, Use};
use crate::rules::{Rule, rule::Hook};

pub(crate) const RULE: Rule = Rule {
    meta: RuleMeta {
        id: "AL-CODE-xml-parser",
        title: "XML read by a parser that expands entities",
        severity: Severity::Note,
        confidence: Confidence::Medium,
        cwe: Some(776),
        bandit: &["B313", "B314", "B315", "B316", "B317", "B318", "B319"],
        ruff: &["S313", "S314", "S315", "S316", "S317", "S318", "S319"],
        remedy: "Use `defusedxml` for XML from outside.",
        doc: DOC,
    },
    hooks: &[Hook::Reach(PARSERS, check)],
};

/// What parses XML.
const PARSERS: &[&str] = &[
    "xml.etree.cElementTree.parse",
    "xml.etree.cElementTree.iterparse",
    "xml.etree.cElementTree.fromstring",
    "xml.etree.cElementTree.XMLParser",
    "xml.etree.ElementTree.parse",
    "xml.etree.ElementTree.iterparse",
    "xml.etree.ElementTree.fromstring",
    "xml.etree.ElementTree.XML",
    "xml.etree.ElementTree.XMLParser",
    "xml.sax.expatreader.create_parser",
    "xml.dom.expatbuilder.parse",
    "xml.dom.expatbuilder.parseString",
    "xml.sax.parse",
    "xml.sax.parseString",
    "xml.sax.make_parser",
    "xml.dom.minidom.parse",
    "xml.dom.minidom.parseString",
    "xml.dom.pulldom.parse",
    "xml.dom.pulldom.parseString",
];

/// The numbers of the modules in other tools; the longest beginning first.
const NUMBERS: &[(&str, &str)] = &[
    ("xml.etree.cElementTree", "313"),
    ("xml.etree.ElementTree", "314"),
    ("xml.sax.expatreader", "315"),
    ("xml.dom.expatbuilder", "316"),
    ("xml.sax", "317"),
    ("xml.dom.minidom", "318"),
    ("xml.dom.pulldom", "319"),
];

fn check<'a>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    if site.how != How::Called {
        return;
    }
    let number = NUMBERS.iter().find(|(module, _)| site.path.starts_with(module)).map_or("", |(_, number)| number);
    let mut finding = check.at_only(site.range, format!("{} expands entities", site.path), &[number]);
    if let Some(first) = site.call.and_then(|call| call.arguments.args.first()) {
        let origin = check.model.origin(first, site.place.scope);
        if origin.source.as_ref().is_some_and(|(kind, ..)| matches!(kind, SourceKind::Network | SourceKind::User)) {
            finding = finding.severity(Severity::Low);
            finding.evidence.extend(check.steps(&origin));
        }
    }
    check.report(finding);
}

const DOC: &str = r##"## What it finds
The parsers of the standard library: `xml.etree`, `xml.sax`, `xml.dom`. Bandit rates them medium; as the expat of today stops the worst documents by itself, it is a note here, and low where the document comes from the network or from a user.

## Why it is dangerous
A document of a few lines can name entities within entities that grow to gigabytes, or name files of the machine that are then read.

## Example
```python
import xml.etree.ElementTree as ET

def read(text):
    return ET.fromstring(text)
```

## Safe form
```python
from defusedxml.ElementTree import fromstring

def read(text):
    return fromstring(text)
```

## References
- [XML security](https://docs.python.org/3/library/xml.html#xml-security)
- CWE-776: Improper Restriction of Recursive Entity References in DTDs
"##;
