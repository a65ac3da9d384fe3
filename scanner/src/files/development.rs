//! Files that tools of developers run: those of editors, of git and of services that build
//! a repository. A plugin needs none of them; most are there by oversight.

use airlock_model::escape::{self, quoted};
use airlock_model::finding::{Finding, Severity};
use airlock_model::tree::{Tree, TreePath};
use serde_json::Value;

use super::{encodings, rules, settings};

/// How much of a file is looked at, in bytes.
const MOST_BYTES: usize = 1 << 20;
/// Files that a finding names.
const MOST_NAMED: usize = 20;

/// Folders whose files a service runs when the repository is pushed to it.
const FOLDERS: &[&[&str]] = &[
    &[".github", "workflows"],
    &[".github", "actions"],
    &[".gitea", "workflows"],
    &[".forgejo", "workflows"],
    &[".gitlab", "ci"],
    &[".circleci"],
    &[".buildkite"],
    &[".woodpecker"],
];
/// Files that a service runs, or that name what it runs.
const SERVICES: &[&str] = &[
    "action.yml",
    "action.yaml",
    ".gitlab-ci.yml",
    ".gitlab-ci.yaml",
    ".travis.yml",
    ".appveyor.yml",
    "appveyor.yml",
    "azure-pipelines.yml",
    "bitbucket-pipelines.yml",
    ".cirrus.yml",
    ".drone.yml",
    ".woodpecker.yml",
    "cloudbuild.yaml",
    "buildspec.yml",
    "jenkinsfile",
    ".readthedocs.yml",
    ".readthedocs.yaml",
    "readthedocs.yml",
    ".gitpod.yml",
];
/// Files of which a tool on the developer's own machine takes commands, once it is told to.
const LOCAL: &[&str] = &[
    ".pre-commit-config.yaml",
    ".pre-commit-config.yml",
    ".pre-commit-hooks.yaml",
    "lefthook.yml",
    ".lefthook.yml",
    "devcontainer.json",
    ".devcontainer.json",
    ".mcp.json",
];

/// Folders that git is told to look for hooks in.
const HOOK_FOLDERS: &[&str] = &["hooks", ".hooks", ".githooks", "githooks", ".git-hooks", "git-hooks", ".husky"];
/// The hooks of git, by the names that it runs them under.
const HOOKS: &[&str] = &[
    "applypatch-msg",
    "pre-applypatch",
    "post-applypatch",
    "pre-commit",
    "pre-merge-commit",
    "prepare-commit-msg",
    "commit-msg",
    "post-commit",
    "pre-rebase",
    "post-checkout",
    "post-merge",
    "pre-push",
    "pre-receive",
    "update",
    "proc-receive",
    "post-receive",
    "post-update",
    "reference-transaction",
    "push-to-checkout",
    "pre-auto-gc",
    "post-rewrite",
    "sendemail-validate",
    "fsmonitor-watchman",
    "post-index-change",
];
/// Settings of a repository by which git starts programs.
const STARTING: &[&str] =
    &["fsmonitor", "hookspath", "sshcommand", "askpass", "pager", "editor", "textconv", "smudge", "clean", "command"];

/// What of a package tools of developers run, gathered: all that is merely there is one finding.
#[derive(Debug, Default)]
pub(crate) struct Development {
    there: Vec<String>,
}

/// Whether a service runs a file when the repository is pushed to it.
pub(super) fn is_workflow(path: &TreePath) -> bool {
    let lower = path.as_str().to_lowercase();
    let parts: Vec<&str> = lower.split('/').collect();
    let Some((name, folders)) = parts.split_last() else { return false };
    let is_yaml = name.ends_with(".yml") || name.ends_with(".yaml");
    let within = |wanted: &&[&str]| folders.windows(wanted.len()).any(|part| part == *wanted);
    SERVICES.contains(name) || name.ends_with(".gitlab-ci.yml") || is_yaml && FOLDERS.iter().any(within)
}

impl Development {
    /// Looks at one file.
    pub(crate) fn check(&mut self, tree: &Tree, path: &TreePath, bytes: &[u8], findings: &mut Vec<Finding>) {
        let lower = path.as_str().to_lowercase();
        let mut parts = lower.rsplit('/');
        let (name, folder) = (parts.next().unwrap_or_default(), parts.next().unwrap_or_default());
        if HOOKS.contains(&name) && (HOOK_FOLDERS.contains(&folder) || lower.contains(".husky/")) {
            let message =
                format!("{} is a hook of git, which runs it by itself once it is set up.", quoted(path.as_str()));
            return findings.push(Finding::of(&rules::GIT_HOOK, message).in_file(path.as_str()));
        }
        if bytes.is_empty() || bytes.len() > MOST_BYTES {
            return;
        }
        let readable = || String::from_utf8_lossy(&encodings::readable(bytes)).into_owned();
        let of_editor = folder == ".vscode" && name == "tasks.json" || name.ends_with(".code-workspace");
        let found = if of_editor {
            when_opened(&readable())
        } else if matches!(name, "devcontainer.json" | ".devcontainer.json") {
            before_container(&readable())
        } else if folder == ".claude" && name.starts_with("settings") || folder == ".cursor" && name == "hooks.json" {
            of_agent(&readable())
        } else if lower.contains(".idea/") && name.ends_with(".xml") {
            of_startup(&readable())
        } else if name == "config" {
            of_repository(tree, path, &readable())
        } else {
            None
        };
        if is_workflow(path) && hands_over_secrets(&readable()) {
            let message = format!("{} hands all secrets of a repository to what it runs.", quoted(path.as_str()));
            let finding = Finding::of(&rules::WORKFLOW, message).in_file(path.as_str()).severity(Severity::Medium);
            findings.push(finding.remedy("Name the secrets that a step needs, one by one, or leave the workflow out."));
        } else if let Some((severity, what)) = found {
            let message = format!("{} {what}.", quoted(path.as_str()));
            findings.push(Finding::of(&rules::RUNS_WHEN_OPENED, message).in_file(path.as_str()).severity(severity));
        } else if findings.iter().rev().take(8).any(|finding| is_of(finding, path)) {
            // More is said of it already.
        } else if is_workflow(path)
            || LOCAL.contains(&name)
            || of_editor
            || matches!(folder, ".cursor" | ".vscode") && name == "mcp.json"
        {
            self.there.push(path.as_str().to_owned());
        }
    }

    /// Reports what was gathered.
    pub(crate) fn tell(self, findings: &mut Vec<Finding>) {
        let Some(first) = self.there.first() else { return };
        let message = match self.there.len() {
            1 => format!("{} is run by a tool of developers, not by the plugin.", quoted(first)),
            count => format!(
                "{} and {} more {} run by tools of developers, not by the plugin.",
                quoted(first),
                count - 1,
                if count == 2 { "file are" } else { "files are" }
            ),
        };
        let mut finding = Finding::of(&rules::WORKFLOW, message).in_file(first);
        for file in self.there.iter().skip(1).take(MOST_NAMED) {
            finding = finding.evidence(Some(file), None, "this is one as well");
        }
        findings.push(finding);
    }
}

/// `${{ toJSON(secrets) }}`: worms that spread through repositories send them away so.
fn hands_over_secrets(text: &str) -> bool {
    let plain: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    plain.to_lowercase().contains("tojson(secrets)")
}

fn is_of(finding: &Finding, path: &TreePath) -> bool {
    finding.rule == rules::SCRIPT_DOWNLOAD.id && finding.file.as_deref() == Some(path.as_str())
}

type Told = Option<(Severity, String)>;

fn shown(command: &str) -> String {
    quoted(&escape::line(&command.chars().take(120).collect::<String>()))
}

/// `"runOptions": {"runOn": "folderOpen"}` in a task.
fn when_opened(text: &str) -> Told {
    let said = |command: Option<String>| {
        let command = command.map_or_else(|| "a command".to_owned(), |command| shown(&command));
        Some((Severity::High, format!("runs {command} when the folder is opened in an editor")))
    };
    let Some(settings) = settings::json(text) else {
        return if text.to_lowercase().contains("folderopen") { said(None) } else { None };
    };
    let mut pending = vec![&settings];
    while let Some(value) = pending.pop() {
        match value {
            Value::Array(all) => pending.extend(all),
            Value::Object(all) => {
                let when = value.pointer("/runOptions/runOn").or_else(|| value.get("runOn"));
                if when.and_then(Value::as_str) == Some("folderOpen") {
                    let system = ["linux", "osx", "windows"].iter().filter_map(|name| value.get(name));
                    return said(std::iter::once(value).chain(system).find_map(settings::command));
                }
                pending.extend(all.values());
            }
            _ => {}
        }
    }
    None
}

/// `initializeCommand` runs on the machine itself, before there is a container.
fn before_container(text: &str) -> Told {
    let command = match settings::json(text) {
        Some(settings) => settings.get("initializeCommand")?.to_string(),
        None => text.contains("initializeCommand").then(|| "initializeCommand".to_owned())?,
    };
    let command = shown(command.trim_matches('"'));
    Some((Severity::Medium, format!("runs {command} outside the container when the folder is opened in one")))
}

/// Hooks that an agent for writing code runs in the folder.
fn of_agent(text: &str) -> Told {
    let hooks = match settings::json(text) {
        Some(settings) => match settings.get("hooks")? {
            Value::Object(all) => !all.is_empty(),
            Value::Array(all) => !all.is_empty(),
            _ => false,
        },
        None => text.contains("\"hooks\""),
    };
    hooks.then(|| (Severity::Medium, "has commands that an agent for writing code runs in this folder".to_owned()))
}

/// What an editor of JetBrains starts with the project.
fn of_startup(text: &str) -> Told {
    let at = text.find("ProjectStartup")?;
    let has_one = text[at..].contains("<configuration ");
    has_one.then(|| (Severity::High, "runs a configuration when the project is opened in an editor".to_owned()))
}

/// A repository within the package under another name than `.git`: git takes any folder that has `HEAD` and `config`
/// for one, and starts what its settings name.
fn of_repository(tree: &Tree, path: &TreePath, text: &str) -> Told {
    let folder = path.as_str().strip_suffix(path.file_name())?;
    let head = tree.get(&format!("{folder}HEAD"))?;
    let is_head = head.starts_with(b"ref:") || head.trim_ascii().len() == 40 && head.is_ascii();
    let text = text.to_lowercase();
    if !is_head || !text.contains("[core") {
        return None;
    }
    let key = |line: &str| line.split('=').next().unwrap_or_default().trim().to_owned();
    let starts = text.lines().any(|line| {
        let key = key(line.rsplit(']').next().unwrap_or(line));
        STARTING.contains(&key.as_str()) || line.contains("= !") || line.contains("=!")
    });
    Some(if starts {
        (Severity::High, "has git start a program in its folder, which git takes for a repository".to_owned())
    } else {
        (Severity::Low, "makes its folder one that git takes for a repository".to_owned())
    })
}
