//! What is sent because an attribute of a client holds it.

use ruff_python_ast::Expr;

use super::{Arrival, Arrivals};
use crate::python::model::scope::ScopeId;
use crate::rules::check::Use;
use crate::rules::sinks::{self, Part, SinkKind};

/// How many calls of methods of one object are looked at for where they go.
const REQUESTS: usize = 64;

impl<'a> Arrivals<'_, 'a> {
    /// What is assigned to an attribute, or an item of one, that an object sends with its requests.
    pub(crate) fn assigned(&mut self, part: Part, site: &Use<'a>, base: &'a Expr, value: &'a Expr) -> Option<Arrival> {
        let mut arrival = Arrival {
            sink: SinkKind::Send,
            path: site.path.clone(),
            range: site.range,
            destinations: Vec::new(),
            arrived: Vec::new(),
            tail: Vec::new(),
            is_same: true,
            is_untouched: true,
        };
        self.part(&mut arrival, part, value, site.place.scope);
        if arrival.arrived.is_empty() {
            return None;
        }
        // `session.headers["X"] = …`
        let object = match base {
            Expr::Attribute(attribute) if attribute.attr.as_str() == last_of(&site.path) => &attribute.value,
            base => base,
        };
        arrival.destinations = self.destinations_of(object, site.place.scope);
        Some(arrival)
    }

    /// Where the requests go that an object makes in this file.
    fn destinations_of(&self, object: &'a Expr, scope: ScopeId) -> Vec<String> {
        let name = match object {
            Expr::Name(name) => name.id.as_str(),
            Expr::Attribute(attribute) => attribute.attr.as_str(),
            _ => return Vec::new(),
        };
        let mut destinations = Vec::new();
        for site in self.model.methods_of(name).take(REQUESTS) {
            let Expr::Attribute(method) = &*site.call.func else { continue };
            let is_same = match (object, &*method.value) {
                (Expr::Name(one), Expr::Name(other)) => {
                    self.model.lookup(&one.id, scope) == self.model.lookup(&other.id, site.place.scope)
                }
                (Expr::Attribute(_), Expr::Attribute(_)) => true,
                _ => false,
            };
            if is_same && let Some(address) = sinks::address(&format!("requests.{}", method.attr), site.call) {
                destinations.extend(self.model.beginnings(address, site.place.scope));
            }
        }
        destinations
    }
}

/// The last component of a path.
fn last_of(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}
