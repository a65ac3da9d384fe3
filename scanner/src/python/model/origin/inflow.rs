//! Whether any data comes into a file that flows tell other files of: most take none in, and are not asked who gets it.

use memchr::memmem;
use ruff_python_ast::Expr;

use super::call::gives_output;
use super::source::{opens_first_argument, source_of};
use crate::python::model::constant::decoder::is_decoder;
use crate::python::model::object::top_of;
use crate::python::model::{Model, Verb};

/// Packages whose requests are read, rather than asked for by a call.
const SERVERS: [&str; 3] = ["flask", "bottle", "cherrypy"];
/// What is read of the interpreter. The command line belongs to whoever runs the program.
const STDIN: &[u8] = b"stdin";

impl Model<'_> {
    /// Whether data comes into the file that other files may take up.
    pub(crate) fn has_inflow(&self) -> bool {
        let brings = |path: &str| source_of(path).is_some() || opens_first_argument(path) || gives_output(path);
        let is_asked = |path: &str| SERVERS.contains(&top_of(path)) || path.starts_with("os.environ");
        let mut imports = self.imports.iter().filter(|import| !import.relative);
        self.called().all().any(|(path, _)| brings(path))
            || imports.any(|import| is_asked(&import.path))
            || self.is_read()
            || self.is_opened()
    }

    /// Whether data is made in the file of which no other file is told, but this one may.
    pub(crate) fn decodes(&self) -> bool {
        self.called().all().any(|(path, _)| is_decoder(path))
    }

    /// Whether something is read that holds data without being called.
    fn is_read(&self) -> bool {
        let is_environment = |expr: &Expr| matches!(expr, Expr::Attribute(read) if read.attr.starts_with("environ"));
        self.reads.iter().any(|(expr, _)| is_environment(expr))
            || memmem::find(self.source.text.as_bytes(), STDIN).is_some()
    }

    /// Whether a method is called that gives data whatever its object is.
    fn is_opened(&self) -> bool {
        self.calls.iter().any(|site| matches!(site.verb, Verb::Receive | Verb::Open))
    }
}
