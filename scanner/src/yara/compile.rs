//! Rules made ready to run, and what is wrong with those that cannot be.

use std::collections::BTreeSet;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use airlock_model::escape;
use boreal::compiler::CompilerBuilder;
use boreal::scanner::ScanParams;
use boreal::{Compiler, Scanner};

use super::Sources;

/// The most inclusions that one file may bring about, so that files that include one another end.
const MOST_INCLUSIONS: usize = 100;
/// The bytes of a match that are kept.
const MATCH_BYTES: usize = 64;
/// The matches of one string that are counted, as YARA itself does at most.
const MATCHES: u32 = 1000;
/// What rules may ask about the file beside its content; the names are those that public rule sets expect.
pub(super) const EXTERNAL: [&str; 5] = ["filename", "filepath", "extension", "filetype", "owner"];

/// What is wrong with an operator's rules. Never a plugin's fault.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum YaraError {
    /// A file or folder of rules cannot be read.
    #[error("the YARA rules at {} cannot be read: {}", escape::line(path), escape::line(why))]
    Unreadable {
        /// Which.
        path: String,
        /// What the system said.
        why: String,
    },
    /// The folder has no rules.
    #[error("the folder {} holds no .yar or .yara file", escape::line(folder))]
    NoRules {
        /// Which.
        folder: String,
    },
    /// A rule is not valid; the text begins with file, line and column.
    #[error("a YARA rule is broken: {}", escape::line(.0))]
    Broken(String),
}

/// Compiled rules. Cloning shares them.
#[derive(Debug, Clone)]
pub struct Rules {
    pub(super) scanner: Scanner,
}

impl Rules {
    /// Compiles every file in a namespace of its own, named after the file. A file that another one
    /// includes is not compiled by itself as well.
    pub fn compile(sources: &Sources) -> Result<Self, YaraError> {
        let included = included(sources)?;
        let mut compiler = compiler();
        for file in sources.files.iter().filter(|file| !included.contains(&file.name)) {
            add(&mut compiler, sources, &file.name, &Arc::default())?;
        }
        let mut scanner = compiler.finalize();
        scanner.set_scan_params(
            ScanParams::default()
                .compute_full_matches(true)
                .match_max_length(MATCH_BYTES)
                .string_max_nb_matches(MATCHES),
        );
        Ok(Self { scanner })
    }

    /// How many rules there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.scanner.rules().count()
    }

    /// Whether there is no rule at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

fn compiler() -> Compiler {
    let mut compiler = CompilerBuilder::new().build();
    for name in EXTERNAL {
        compiler.define_symbol(name, "");
    }
    compiler
}

/// The files that others include. Only compiling tells, because an `include` may stand in a comment.
fn included(sources: &Sources) -> Result<BTreeSet<String>, YaraError> {
    let seen: Arc<Mutex<BTreeSet<String>>> = Arc::default();
    for file in sources.files.iter().filter(|file| file.text.contains("include")) {
        add(&mut compiler(), sources, &file.name, &seen)?;
    }
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    Ok(seen.clone())
}

/// Compiles one file, with what it includes, which `seen` collects.
fn add(
    compiler: &mut Compiler,
    sources: &Sources,
    name: &str,
    seen: &Arc<Mutex<BTreeSet<String>>>,
) -> Result<(), YaraError> {
    let Some(file) = sources.find(name) else { return Ok(()) };
    let folder = name.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    let (all, seen, mut count) = (sources.clone(), Arc::clone(seen), 0_usize);
    compiler.set_include_callback(move |path, _, _| {
        count += 1;
        if count > MOST_INCLUSIONS {
            return Err(io::Error::other("files include one another without end"));
        }
        let found = [beside(&folder, path), beside("", path)].into_iter().flatten().find_map(|name| all.find(&name));
        let found = found.ok_or_else(|| io::Error::other("there is no such file below the folder of rules"))?;
        seen.lock().unwrap_or_else(PoisonError::into_inner).insert(found.name.clone());
        Ok(found.text.clone())
    });
    let namespace = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    compiler.add_rules_str_in_namespace(&file.text, namespace).map(|_| ()).map_err(|error| {
        let said = error.to_string();
        let place = error.path.as_ref().map_or_else(|| name.to_owned(), |path| path.display().to_string());
        let rest = said.split_once(':').map_or(said.as_str(), |(_, rest)| rest);
        YaraError::Broken(format!("{}:{rest}", sources.place(&place)))
    })
}

/// `path` as it is written in a file in `folder`, below the top; none where it leads out.
fn beside(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            other => parts.push(other),
        }
    }
    Some(parts.join("/"))
}
