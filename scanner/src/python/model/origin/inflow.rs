//! Whether any data comes into a file that flows tell of: most files take none in, and are not asked where it goes.

use ruff_python_ast::Expr;

use super::call::{gives_output, receives};
use super::source::{opens_first_argument, opens_its_object, source_of};
use crate::python::model::Model;
use crate::python::model::constant::decoder::is_decoder;
use crate::python::model::object::top_of;

/// Data that comes into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Inflow {
    /// None.
    Nothing,
    /// What is decoded here, of which other files are not told.
    Decoded,
    /// Data that other files may take up.
    Outside,
}

/// Packages whose requests are read, rather than asked for by a call.
const SERVERS: [&str; 3] = ["flask", "bottle", "cherrypy"];
/// What is read of the interpreter. The command line belongs to whoever runs the program.
const STDIN: &str = "stdin";

impl Model<'_> {
    /// The data that comes into the file.
    pub(crate) fn inflow(&self) -> Inflow {
        let called = || self.called().all().map(|(path, _)| path.as_str());
        let brings = |path: &str| source_of(path).is_some() || opens_first_argument(path) || gives_output(path);
        let imports = || self.imports.iter().filter(|import| !import.relative).map(|import| import.path.as_str());
        let is_asked = |path: &str| SERVERS.contains(&top_of(path)) || path.starts_with("os.environ");
        if called().any(brings) || imports().any(is_asked) || self.is_read() || self.is_opened() {
            return Inflow::Outside;
        }
        if called().any(is_decoder) { Inflow::Decoded } else { Inflow::Nothing }
    }

    /// Whether something is read that holds data without being called.
    fn is_read(&self) -> bool {
        let is_environment = |expr: &Expr| matches!(expr, Expr::Attribute(read) if read.attr.starts_with("environ"));
        self.reads.iter().any(|(expr, _)| is_environment(expr)) || self.source.text.contains(STDIN)
    }

    /// Whether a method is called that gives data whatever its object is.
    fn is_opened(&self) -> bool {
        let gives = |method: &str| receives(method) || opens_its_object(method);
        self.calls.iter().any(|site| matches!(&*site.call.func, Expr::Attribute(method) if gives(&method.attr)))
    }
}
