//! `airlock pack`: the archive that the registry itself would serve.

use std::path::PathBuf;

use airlock_model::verdict::{Verdict, judge};
use airlock_model::{escape, report};
use clap::Args;

use crate::command_line::Shared;
use crate::exit::{Exit, Failure};
use crate::home::{self, Folder};
use crate::rooms::policy;
use crate::terminal;

/// Pack a plugin's folder into the archive that the registry would serve.
///
/// The same folder always gives the same bytes. Version control, caches and virtual
/// environments are left out.
#[derive(Debug, Args)]
pub(crate) struct Pack {
    /// The plugin's folder.
    dir: PathBuf,

    /// The archive to write; <name>-<version>.tar.gz when not given.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Pack {
    pub(crate) fn run(&self, shared: &Shared) -> Result<Exit, Failure> {
        let config = shared.layers(&[])?.config()?;
        home::must_be_readable(&self.dir)?;
        if !self.dir.is_dir() {
            return Err(Failure::usage(format!("{} is not a folder", self.dir.display()))
                .remedy("name the folder that holds plugin.yaml"));
        }
        let folder = Folder::read(&self.dir, &config.limits)?;
        let judgement = judge(&policy::policy(&config)?, &folder.findings, None, &[]);
        let style = terminal::report_style();
        for finding in &judgement.findings {
            terminal::tell(report::text::finding(finding, style).trim_end());
        }
        let Some(manifest) = folder.manifest.as_ref().filter(|_| judgement.verdict != Verdict::Reject) else {
            return Err(Failure::refused("nothing was packed, because the registry would refuse it")
                .remedy("mend what stands above; `airlock check` shows everything there is to mend"));
        };
        let output = match &self.output {
            Some(output) => output.clone(),
            None => PathBuf::from(format!("{}-{}.tar.gz", manifest.name, manifest.version)),
        };
        let archive = folder.pack()?;
        let sha256 = home::write_whole(&output, &archive)?;
        let output = escape::line(&output.to_string_lossy());
        terminal::print(&format!("{output}  {} bytes  sha256 {sha256}\n", archive.len()))?;
        Ok(Exit::Fine)
    }
}
