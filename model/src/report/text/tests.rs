use super::{Style, finding, render};
use crate::escape;
use crate::report::Report;
use crate::report::samples::{compared, full, hostile};
use crate::verdict::Verdict;

const PLAIN: Style = Style { color: false, width: 100 };

#[test]
fn a_full_report_reads_from_verdict_to_counts() {
    insta::assert_snapshot!(render(&full(), PLAIN));
}

#[test]
fn colour_changes_nothing_but_colour() {
    let coloured = render(&full(), Style { color: true, ..PLAIN });
    assert!(coloured.contains("\u{1b}[1;31mREJECTED\u{1b}[0m"));
    let mut stripped = String::new();
    let mut rest = coloured.as_str();
    while let Some(begin) = rest.find('\u{1b}') {
        stripped.push_str(&rest[..begin]);
        let end = rest[begin..].find('m').expect("each sequence ends") + begin + 1;
        rest = &rest[end..];
    }
    stripped.push_str(rest);
    assert_eq!(stripped, render(&full(), PLAIN));
}

#[test]
fn narrow_terminals_fold_the_text() {
    insta::assert_snapshot!(render(&full(), Style { color: false, width: 50 }));
}

#[test]
fn nothing_of_a_hostile_plugin_gets_through() {
    for width in [0, 1, 40, 100, usize::MAX] {
        let text = render(&hostile(), Style { color: false, width });
        assert!(text.chars().all(|c| c == '\n' || escape::is_plain(c)), "{text:?}");
    }
    insta::assert_snapshot!(render(&hostile(), PLAIN));
}

#[test]
fn the_caret_stands_under_what_is_meant() {
    let report = full();
    let shell = report.findings.iter().find(|one| one.rule == "AL-CODE-os-system").expect("it is there");
    let text = finding(shell, PLAIN);
    let lines: Vec<&str> = text.lines().collect();
    let source = lines.iter().position(|line| line.contains("os.system(f")).expect("the source is shown");
    assert_eq!(lines[source].find("os.system"), lines[source + 1].find('^'), "{text}");
    let network = report.findings.iter().find(|one| one.rule == "AL-CAPABILITY-network").expect("it is there");
    insta::assert_snapshot!(format!("{text}{}", finding(network, PLAIN)));
}

#[test]
fn every_verdict_has_its_headline() {
    let headline = |verdict| {
        let mut report = Report::new("airlock 0.1.0");
        report.verdict = verdict;
        render(&report, PLAIN).lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(headline(Some(Verdict::Approve)), "APPROVED  (no usable manifest)");
    assert_eq!(headline(Some(Verdict::Hold)), "HELD for a person's decision  (no usable manifest)");
    assert_eq!(headline(Some(Verdict::Reject)), "REJECTED  (no usable manifest)");
    assert_eq!(headline(None), "NOT DECIDED  (no usable manifest)");
}

#[test]
fn what_is_asked_for_and_what_differs_is_shown() {
    let text = render(&compared("requests"), PLAIN);
    for part in [
        "dependencies\n  requests >=2, runtime (requirements.txt:4)\n  rich >=2, runtime (requirements.txt:4)\n",
        "  held against 12 advisories: nothing is known\n",
        "difference\n  compared with 1.1.9 (patch); 0 files are the same\n",
        "  that version was examined by other rules",
        "  files added: requests.py (7 bytes); and 1 more\n",
        "  files removed: requests.py; and 1 more\n",
        "  files changed: requests.py (7 to 8 bytes); and 1 more\n",
        "  new capability: network\n  capability gone: subprocess\n",
        "  dependencies changed: requests requests>=1 to requests>=2; and 1 more\n",
        "  entry point: requests:A to requests:B\n",
        "  wider permission: network: requests\n",
        "  new findings: AL-CODE-os-system: about requests; and 1 more\n",
        "  findings gone: AL-CODE-os-system: about requests; and 1 more\n",
    ] {
        assert!(text.contains(part), "no {part:?}: {text}");
    }
    let mut first = compared("requests");
    first.difference = Some(crate::Difference::default());
    assert!(render(&first, PLAIN).contains("this is the first version: there is no earlier one"));
}

#[test]
fn nothing_of_a_hostile_difference_gets_through() {
    for width in [0, 40, 100] {
        let text = render(&compared("\u{1b}[2J\u{202e}gnp.exe\r\nOK\u{7}"), Style { color: false, width });
        assert!(text.chars().all(|c| c == '\n' || escape::is_plain(c)), "{text:?}");
    }
}
