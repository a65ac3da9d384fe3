//! The one walk over a file's tree: it opens scopes, records bindings, and lists
//! the places that rules look at, so that nothing needs to walk again.

use std::cell::{Cell, OnceCell, RefCell};

use compact_str::CompactString;
use ruff_python_ast::visitor::{self, Visitor};
use ruff_python_ast::{
    AtomicNodeIndex, Comprehension, Decorator, ExceptHandler, Expr, ExprContext, ExprSubscript,
    InterpolatedStringElement, Keyword, NodeIndex, Parameters, Stmt, StmtClassDef, StmtFunctionDef, TypeParam,
    TypeParams,
};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::{FxHashMap, FxHashSet};

use super::origin;
use super::scope::{Binding, BindingId, Bound, Names, Scope, ScopeId, ScopeKind, Slot, Slots, Value};
use super::{CallSite, Defined, Described, FUEL_PER_FILE, Handed, Import, Literal, Model, Named, Place, Store, Verb};
use crate::python::exports::STARS;
use crate::python::layout;
use crate::python::source::Source;
use crate::rules::{dispatch, prose};

/// How deep the walk goes. The pre-check refuses deeper trees; this holds should
/// it ever be fooled.
const DEPTH: u32 = 6000;

/// Builds the model of a module's statements.
pub(crate) fn build<'a>(source: &'a Source<'a>, body: &'a [Stmt], at_import: bool) -> Model<'a> {
    // About as many as a file of this size has, so that they need not move while they grow.
    let most = |each: usize| source.text.len() / each + 8;
    let mut walk = Walk {
        model: Model {
            source,
            body,
            scopes: Vec::with_capacity(most(400)),
            bindings: Vec::with_capacity(most(100)),
            attributes: FxHashMap::default(),
            items: FxHashMap::default(),
            calls: Vec::with_capacity(most(160)),
            handed: Vec::new(),
            named: Vec::new(),
            annotations: Vec::new(),
            changed: FxHashSet::default(),
            altered: FxHashSet::default(),
            slots: Slots::default(),
            entered: FxHashSet::default(),
            callers: OnceCell::new(),
            receivers: OnceCell::new(),
            members: OnceCell::new(),
            stood_on: RefCell::default(),
            subclasses: OnceCell::new(),
            class_names: OnceCell::new(),
            shapes: RefCell::default(),
            searching: RefCell::default(),
            nesting: Cell::new(0),
            literals: Vec::with_capacity(most(120)),
            described: Vec::new(),
            fstrings: Vec::new(),
            stores: Vec::new(),
            functions: Vec::new(),
            loops: Vec::new(),
            compares: Vec::new(),
            reads: Vec::new(),
            keyed: FxHashMap::default(),
            imports: Vec::new(),
            asserts: Vec::new(),
            handlers: Vec::new(),
            built: Vec::new(),
            cut: false,
            exports: None,
            has_a_door: OnceCell::new(),
            used_openly: OnceCell::new(),
            facts: OnceCell::new(),
            plain: origin::Plain::default(),
            call_targets: OnceCell::new(),
            memory: super::remembered::Memory::default(),
            spellings: RefCell::default(),
            changing: RefCell::default(),
            called: OnceCell::new(),
            tools: OnceCell::new(),
            fuel: Cell::new(FUEL_PER_FILE),
            exhausted: Cell::new(false),
            passing: super::written::Passing::default(),
            brought: RefCell::default(),
            method_calls: OnceCell::new(),
            looked_into: Cell::new(0),
        },
        scope: ScopeId::MODULE,
        at_import,
        depth: 0,
        label: None,
        named: (Named::Target, TextRange::default()),
        left: TextRange::default(),
        statement: None,
        around: None,
        aliases: Vec::new(),
        numbered: 0,
    };
    walk.open(ScopeKind::Module, None);
    walk.visit_body(body);
    walk.spread_altered();
    let (mut model, expressions) = (walk.model, walk.numbered as usize);
    let calls = model.calls.len();
    model.memory.make_room(model.bindings.len(), expressions);
    model.spellings.get_mut().make_room(calls);
    super::import_time::spread(&mut model);
    model
}

pub(super) struct Walk<'a> {
    pub(super) model: Model<'a>,
    pub(super) scope: ScopeId,
    at_import: bool,
    depth: u32,
    label: Option<&'a str>,
    /// What the label names, and how.
    named: (Named, TextRange),
    /// The left side of the operation that was entered last.
    pub(super) left: TextRange,
    /// The call that is the statement which the walk is in.
    pub(super) statement: Option<TextRange>,
    /// The subscript that was come to last.
    around: Option<&'a ExprSubscript>,
    /// Names that were given what another name holds.
    pub(super) aliases: Vec<(&'a str, &'a str)>,
    /// How many expressions have a number, by which answers about them are kept.
    numbered: u32,
}

impl<'a> Walk<'a> {
    fn number(&mut self, index: &AtomicNodeIndex) {
        index.set(NodeIndex::from(self.numbered));
        self.numbered += 1;
    }

    /// Opens a scope inside the current one and gives its id; the caller enters it.
    fn open(&mut self, kind: ScopeKind, name: Option<&'a str>) -> ScopeId {
        let id = ScopeId(u32::try_from(self.model.scopes.len()).unwrap_or(u32::MAX));
        self.model.scopes.push(Scope {
            kind,
            parent: (id != ScopeId::MODULE).then_some(self.scope),
            name,
            names: Names::default(),
            stars: Vec::new(),
            starred_to: TextSize::default(),
            elsewhere: Vec::new(),
            returns: Vec::new(),
            returns_nothing: false,
            yields: Vec::new(),
            gives: false,
            body: &[],
            parameters: Vec::new(),
            variadic: None,
            def: None,
            class: None,
        });
        id
    }

    /// Where the walk is.
    pub(super) fn place(&self) -> Place {
        Place { scope: self.scope, at_import: self.at_import }
    }

    /// Runs `work` inside a scope.
    fn inside(&mut self, scope: ScopeId, at_import: bool, work: impl FnOnce(&mut Self)) {
        let before = (self.scope, self.at_import, self.label.take());
        (self.scope, self.at_import) = (scope, at_import);
        work(self);
        (self.scope, self.at_import, self.label) = before;
    }

    /// Visits an expression whose literals belong to a name.
    fn labelled(&mut self, label: Option<&'a str>, named: Named, expr: &'a Expr) {
        if prose::is_put_together(label, expr) {
            self.described(label, expr);
        }
        let before = std::mem::replace(&mut self.label, label);
        self.named = (named, expr.range());
        self.visit_expr(expr);
        self.label = before;
    }

    pub(super) fn described(&mut self, label: Option<&'a str>, value: &'a Expr) {
        let place = self.place();
        self.model.described.extend(label.map(|label| Described { value, label, place }));
    }

    pub(super) fn bind(&mut self, name: &'a str, value: Value<'a>, at: TextSize) {
        let scope = self.scope;
        self.bind_in(scope, name, Bound { value, scope }, at);
    }

    fn bind_in(&mut self, scope: ScopeId, name: &'a str, bound: Bound<'a>, at: TextSize) -> BindingId {
        let declared = &self.model.scopes[scope.index()].elsewhere;
        let holder = declared.iter().find(|(other, _)| *other == name).map_or(scope, |(_, holder)| *holder);
        let id = BindingId(u32::try_from(self.model.bindings.len()).unwrap_or(u32::MAX));
        self.model.bindings.push(Binding { bound, at });
        self.model.scopes[holder.index()].names.of(name).push(id);
        id
    }

    /// Binds the names of an assignment's target.
    pub(super) fn target(&mut self, target: &'a Expr, value: Value<'a>) {
        match target {
            Expr::Name(name) => self.bind(&name.id, value, name.start()),
            Expr::Starred(starred) => self.target(&starred.value, element(value)),
            Expr::Tuple(tuple) => self.unpack(&tuple.elts, &value),
            Expr::List(list) => self.unpack(&list.elts, &value),
            Expr::Attribute(attribute) => {
                self.store(target, &value);
                let bound = Bound { value: value.clone(), scope: self.scope };
                self.model.attributes.entry(&attribute.attr).or_default().push(bound);
                if let Value::Expr(value) = value
                    && !is_own(&attribute.value)
                {
                    let place = self.place();
                    self.model.handed.push(Handed { value, place });
                }
                self.visit_expr(&attribute.value);
            }
            Expr::Subscript(subscript) => {
                self.store(target, &value);
                self.item_altered(&subscript.value);
                self.loose(&subscript.slice);
                self.loose_item(&subscript.value, &value);
                if let Value::Expr(value) = value {
                    self.factory(&subscript.slice, value);
                }
                self.item_target(&subscript.value, &subscript.slice, value);
                self.around = Some(subscript);
                self.visit_expr(&subscript.value);
                self.visit_expr(&subscript.slice);
            }
            _ => {}
        }
    }

    fn store(&mut self, target: &'a Expr, value: &Value<'a>) {
        let value = if let Value::Expr(value) | Value::Augmented(value) = value { Some(*value) } else { None };
        let place = self.place();
        self.model.stores.push(Store { target, value, place });
    }

    /// `x[key] = value`: kept by the name of `x`; `globals()["f"] = value` binds `f`.
    fn item_target(&mut self, container: &'a Expr, key: &'a Expr, value: Value<'a>) {
        let scope = self.scope;
        match container {
            Expr::Name(name) => {
                self.model.items.entry(name.id.as_str()).or_default().push(Bound { value: value.clone(), scope });
                self.model.attributes.entry(name.id.as_str()).or_default().push(Bound { value, scope });
            }
            // An object's own table: an attribute by another way.
            Expr::Attribute(attribute) if &attribute.attr == "__dict__" => {
                if let Value::Expr(value) = value {
                    let place = self.place();
                    self.model.handed.push(Handed { value, place });
                }
            }
            Expr::Attribute(attribute) => {
                self.model.items.entry(attribute.attr.as_str()).or_default().push(Bound { value, scope });
            }
            Expr::Call(call) if is_own_namespace(&call.func) => {
                if let Expr::StringLiteral(key) = key
                    && let [part] = key.value.as_slice()
                {
                    self.bind_in(ScopeId::MODULE, part.as_str(), Bound { value, scope }, key.start());
                }
            }
            _ => {}
        }
    }

    fn unpack(&mut self, targets: &'a [Expr], value: &Value<'a>) {
        let items: Option<&'a [Expr]> = match value {
            Value::Expr(Expr::Tuple(tuple)) => Some(&tuple.elts),
            Value::Expr(Expr::List(list)) => Some(&list.elts),
            _ => None,
        };
        let matching = items.filter(|items| {
            items.len() == targets.len() && !items.iter().chain(targets).any(|expr| matches!(expr, Expr::Starred(_)))
        });
        for (index, target) in targets.iter().enumerate() {
            let part = match (matching, value) {
                (Some(items), _) => Value::Expr(&items[index]),
                (None, Value::Expr(whole)) if !targets[..=index].iter().any(Expr::is_starred_expr) => {
                    Value::Item(whole, index)
                }
                _ => element(value.clone()),
            };
            self.target(target, part);
        }
    }

    fn function(&mut self, def: &'a StmtFunctionDef) {
        self.decorators(&def.decorator_list);
        let is_static = def
            .decorator_list
            .iter()
            .any(|decorator| matches!(&decorator.expression, Expr::Name(name) if name.id == "staticmethod"));
        let class =
            (self.model.scopes[self.scope.index()].kind == ScopeKind::Class && !is_static).then_some(self.scope);
        let scope = self.open(ScopeKind::Function, Some(&def.name));
        def.node_index.set(NodeIndex::from(scope.0));
        let place = self.place();
        self.model.functions.push(Defined { def, scope, place });
        self.model.scopes[scope.index()].body = &def.body;
        self.model.scopes[scope.index()].def = Some(def);
        self.bind(&def.name, Value::Function(scope), def.name.start());
        self.type_parameters(def.type_params.as_deref());
        self.parameters(&def.parameters, scope, class);
        if let Some(returns) = &def.returns {
            self.annotation(returns);
        }
        self.inside(scope, false, |walk| walk.visit_body(&def.body));
    }

    /// Visits defaults and annotations here, and binds the names in the function's scope.
    fn parameters(&mut self, parameters: &'a Parameters, function: ScopeId, class: Option<ScopeId>) {
        let outer = self.scope;
        let inner = &mut self.model.scopes[function.index()];
        inner.parameters.reserve(parameters.len());
        // And for a few names of the body.
        inner.names.reserve(parameters.len() + 4);
        for (index, parameter) in parameters.iter_non_variadic_params().enumerate() {
            let name = parameter.name();
            if let Some(annotation) = parameter.annotation() {
                self.annotation(annotation);
            }
            if let Some(default) = parameter.default() {
                self.labelled(Some(name), Named::Default, default);
            }
            let value = match class {
                Some(class) if index == 0 => Value::Own(class),
                _ => Value::Parameter(parameter.default()),
            };
            self.model.scopes[function.index()].parameters.push(name);
            let id = self.bind_in(function, name, Bound { value, scope: outer }, name.start());
            // Methods are called without their first argument.
            let position = index.saturating_sub(usize::from(class.is_some()));
            self.model.slots.push(id, Slot { function, position, name, is_variadic: false });
        }
        let own = usize::from(class.is_some());
        let position = (parameters.posonlyargs.len() + parameters.args.len()).saturating_sub(own);
        for (parameter, is_variadic) in
            parameters.vararg.iter().map(|p| (p, true)).chain(parameters.kwarg.iter().map(|p| (p, false)))
        {
            if let Some(annotation) = parameter.annotation.as_deref() {
                self.annotation(annotation);
            }
            let bound = Bound { value: Value::Parameter(None), scope: outer };
            let id = self.bind_in(function, &parameter.name, bound, parameter.start());
            if is_variadic {
                let name = parameter.name.as_str();
                self.model.scopes[function.index()].variadic = Some(name);
                self.model.slots.push(id, Slot { function, position, name, is_variadic });
            }
        }
    }

    /// An annotation; a string is one that somebody else evaluates.
    fn annotation(&mut self, annotation: &'a Expr) {
        if annotation.is_string_literal_expr() {
            let place = self.place();
            self.model.annotations.push(Handed { value: annotation, place });
        }
        self.loose(annotation);
        self.visit_expr(annotation);
    }

    /// Bounds and defaults of type parameters: code that runs when somebody asks for them.
    fn type_parameters(&mut self, parameters: Option<&'a TypeParams>) {
        let parts = parameters.into_iter().flat_map(|list| &list.type_params).flat_map(|parameter| match parameter {
            TypeParam::TypeVar(inner) => [inner.bound.as_deref(), inner.default.as_deref()],
            TypeParam::ParamSpec(inner) => [inner.default.as_deref(), None],
            TypeParam::TypeVarTuple(inner) => [inner.default.as_deref(), None],
        });
        let before = std::mem::replace(&mut self.at_import, false);
        parts.flatten().for_each(|part| self.annotation(part));
        self.at_import = before;
    }

    fn class(&mut self, def: &'a StmtClassDef) {
        self.decorators(&def.decorator_list);
        self.type_parameters(def.type_params.as_deref());
        if let Some(arguments) = &def.arguments {
            visitor::walk_arguments(self, arguments);
            let place = self.place();
            self.model.handed.extend(arguments.keywords.iter().map(|keyword| Handed { value: &keyword.value, place }));
        }
        let scope = self.open(ScopeKind::Class, Some(&def.name));
        def.node_index.set(NodeIndex::from(scope.0));
        self.model.scopes[scope.index()].class = Some(def);
        self.bind(&def.name, Value::Class(scope), def.name.start());
        let at_import = self.at_import;
        self.inside(scope, at_import, |walk| walk.visit_body(&def.body));
    }

    fn decorators(&mut self, decorators: &'a [Decorator]) {
        for decorator in decorators {
            let place = self.place();
            self.model.handed.push(Handed { value: &decorator.expression, place });
            self.visit_expr(&decorator.expression);
        }
    }

    fn comprehension(
        &mut self,
        index: &ruff_python_ast::AtomicNodeIndex,
        generators: &'a [Comprehension],
        elements: &[&'a Expr],
    ) {
        if let Some(first) = generators.first() {
            self.visit_expr(&first.iter);
        }
        let scope = self.open(ScopeKind::Comprehension, None);
        index.set(NodeIndex::from(scope.0));
        let at_import = self.at_import;
        self.inside(scope, at_import, |walk| {
            for (number, generator) in generators.iter().enumerate() {
                walk.target(&generator.target, Value::Element(&generator.iter));
                if number > 0 {
                    walk.visit_expr(&generator.iter);
                }
                generator.ifs.iter().for_each(|test| walk.visit_expr(test));
            }
            elements.iter().for_each(|element| walk.visit_expr(element));
        });
    }

    /// `x := value` binds in the nearest scope that is not a comprehension.
    fn walrus(&mut self, target: &'a Expr, value: &'a Expr) {
        let Expr::Name(name) = target else { return };
        let mut holder = self.scope;
        while self.model.scopes[holder.index()].kind == ScopeKind::Comprehension
            && let Some(parent) = self.model.scopes[holder.index()].parent
        {
            holder = parent;
        }
        let bound = Bound { value: Value::Expr(value), scope: self.scope };
        self.bind_in(holder, &name.id, bound, name.start());
    }

    fn gives(&mut self) {
        let scope = self.scope;
        self.model.scopes[scope.index()].gives = true;
    }

    fn import(&mut self, path: CompactString, relative: bool, at: &impl Ranged) {
        let place = self.place();
        self.model.imports.push(Import { path, range: at.range(), place, relative });
    }

    fn import_stmt(&mut self, stmt: &'a ruff_python_ast::StmtImport) {
        for alias in &stmt.names {
            self.import(alias.name.as_str().into(), false, alias);
            match &alias.asname {
                Some(name) => self.bind(name, Value::Import(alias.name.as_str().into()), alias.start()),
                None => {
                    let first = alias.name.as_str().split('.').next().unwrap_or_default();
                    self.bind(first, Value::Import(first.into()), alias.start());
                }
            }
        }
    }

    fn import_from(&mut self, stmt: &'a ruff_python_ast::StmtImportFrom) {
        let module = layout::absolute(self.model.source.path, stmt.module.as_deref(), stmt.level);
        for alias in &stmt.names {
            let name = alias.name.as_str();
            let mut path = CompactString::from(module.as_str());
            if !path.is_empty() {
                path.push('.');
            }
            path.push_str(name);
            self.import(path.clone(), stmt.level > 0, alias);
            if name == "*" {
                self.star(&module, alias.end());
            } else {
                let bound = alias.asname.as_ref().unwrap_or(&alias.name);
                self.bind(bound, Value::Import(path), alias.start());
            }
        }
    }

    /// Notes a module of which all names are imported, once.
    fn star(&mut self, module: &str, end: TextSize) {
        let Scope { stars, starred_to, .. } = &mut self.model.scopes[self.scope.index()];
        *starred_to = end.max(*starred_to);
        if stars.iter().any(|star| star == module) {
            return;
        }
        if stars.len() < STARS {
            stars.push(module.into());
        } else {
            self.model.exhausted.set(true);
        }
    }

    fn declare_elsewhere(&mut self, names: &'a [ruff_python_ast::Identifier], global: bool) {
        for name in names {
            let mut holder = ScopeId::MODULE;
            let mut at = self.model.scopes[self.scope.index()].parent;
            while let (false, Some(id)) = (global, at) {
                let scope = &self.model.scopes[id.index()];
                if scope.kind == ScopeKind::Function && scope.names.contains_key(name.as_str()) {
                    holder = id;
                    break;
                }
                at = scope.parent;
            }
            self.model.scopes[self.scope.index()].elsewhere.push((name, holder));
        }
    }

    /// A block that does not run at import: `if __name__ == "__main__"`, `if TYPE_CHECKING`.
    fn guarded(&mut self, test: &'a Expr, body: &'a [Stmt]) {
        let at_import = self.at_import && !is_guard(test);
        let before = std::mem::replace(&mut self.at_import, at_import);
        self.visit_body(body);
        self.at_import = before;
    }
}

impl<'a> Visitor<'a> for Walk<'a> {
    fn visit_stmt(&mut self, stmt: &'a Stmt) {
        if self.depth > DEPTH {
            self.model.cut = true;
            return;
        }
        self.depth += 1;
        match stmt {
            Stmt::FunctionDef(def) => self.function(def),
            Stmt::ClassDef(def) => self.class(def),
            Stmt::Return(stmt) => {
                let scope = &mut self.model.scopes[self.scope.index()];
                scope.returns_nothing |= stmt.value.is_none();
                if let Some(value) = stmt.value.as_deref() {
                    scope.returns.push(value);
                    let count = scope.returns.len();
                    // A function with its arguments, for whoever copies an object of a class that is registered so.
                    if value.is_tuple_expr()
                        && self.model.imports.iter().any(|import| import.path.starts_with("copyreg"))
                    {
                        self.loose(value);
                    }
                    self.long_display(count, std::iter::once(value));
                    let scope = &self.model.scopes[self.scope.index()];
                    // What these return is called by whoever copies the object.
                    if scope.name.is_some_and(|name| matches!(name, "__reduce__" | "__reduce_ex__")) {
                        let place = self.place();
                        self.model.handed.push(Handed { value, place });
                    }
                    self.visit_expr(value);
                }
            }
            Stmt::Assign(assign) => {
                self.labelled(assign.targets.first().and_then(label_of), Named::Target, &assign.value);
                for target in &assign.targets {
                    self.alias(target, &assign.value);
                    self.hook(target, &assign.value);
                    self.target(target, Value::Expr(&assign.value));
                }
            }
            Stmt::AnnAssign(assign) => {
                self.annotation(&assign.annotation);
                match assign.value.as_deref() {
                    Some(value) => {
                        self.labelled(label_of(&assign.target), Named::Target, value);
                        self.hook(&assign.target, value);
                        self.target(&assign.target, Value::Expr(value));
                    }
                    None => self.visit_expr(&assign.target),
                }
            }
            Stmt::AugAssign(assign) => {
                self.loose(&assign.value);
                // `f.__doc__ += "…"`: a literal without a label of its own.
                if prose::is_described(label_of(&assign.target)) {
                    self.described(label_of(&assign.target), &assign.value);
                }
                self.visit_expr(&assign.value);
                self.target(&assign.target, Value::Augmented(&assign.value));
            }
            Stmt::For(stmt) => {
                self.visit_expr(&stmt.iter);
                self.target(&stmt.target, Value::Element(&stmt.iter));
                self.visit_body(&stmt.body);
                self.visit_body(&stmt.orelse);
            }
            Stmt::While(stmt) => {
                let place = self.place();
                self.model.loops.push((stmt, place));
                self.visit_expr(&stmt.test);
                self.visit_body(&stmt.body);
                self.visit_body(&stmt.orelse);
            }
            Stmt::With(stmt) => {
                for item in &stmt.items {
                    self.visit_expr(&item.context_expr);
                    if let Some(vars) = item.optional_vars.as_deref() {
                        let first = self.model.bindings.len();
                        self.target(vars, Value::Expr(&item.context_expr));
                        let ids = (first..self.model.bindings.len()).filter_map(|id| u32::try_from(id).ok());
                        self.model.entered.extend(ids.map(BindingId));
                    }
                }
                self.visit_body(&stmt.body);
            }
            Stmt::If(stmt) => {
                self.visit_expr(&stmt.test);
                self.guarded(&stmt.test, &stmt.body);
                for clause in &stmt.elif_else_clauses {
                    self.visit_elif_else_clause(clause);
                }
            }
            Stmt::Match(stmt) => {
                self.visit_expr(&stmt.subject);
                for case in &stmt.cases {
                    self.pattern(&case.pattern, &Value::Expr(&stmt.subject));
                    if let Some(guard) = case.guard.as_deref() {
                        self.visit_expr(guard);
                    }
                    self.visit_body(&case.body);
                }
            }
            Stmt::Import(stmt) => self.import_stmt(stmt),
            Stmt::ImportFrom(stmt) => self.import_from(stmt),
            Stmt::Assert(assert) => {
                self.model.asserts.push(assert.range());
                visitor::walk_stmt(self, stmt);
            }
            Stmt::Global(stmt) => self.declare_elsewhere(&stmt.names, true),
            Stmt::Nonlocal(stmt) => self.declare_elsewhere(&stmt.names, false),
            Stmt::Delete(delete) => {
                for target in &delete.targets {
                    if let Expr::Subscript(subscript) = target {
                        self.item_altered(&subscript.value);
                    }
                }
                visitor::walk_stmt(self, stmt);
            }
            Stmt::Expr(inner) if inner.value.is_call_expr() => {
                self.statement = Some(inner.value.range());
                visitor::walk_stmt(self, stmt);
            }
            Stmt::Expr(stmt) if matches!(&*stmt.value, Expr::StringLiteral(_)) => {
                let (expr, length) = (&*stmt.value, length(&stmt.value));
                self.model.literals.push(Literal { expr, length, label: None, named: None, is_statement: true });
            }
            _ => visitor::walk_stmt(self, stmt),
        }
        self.depth -= 1;
    }

    fn visit_except_handler(&mut self, handler: &'a ExceptHandler) {
        let ExceptHandler::ExceptHandler(inner) = handler;
        if let Some(name) = &inner.name {
            self.bind(name, Value::Opaque, name.start());
        }
        let place = self.place();
        self.model.handlers.push((inner, place));
        visitor::walk_except_handler(self, handler);
    }

    fn visit_expr(&mut self, expr: &'a Expr) {
        if self.depth > DEPTH {
            self.model.cut = true;
            return;
        }
        self.depth += 1;
        match expr {
            Expr::Call(call) => {
                self.number(&call.node_index);
                let place = self.place();
                let (verb, has_keywords) = (Verb::of(&call.func), !call.arguments.keywords.is_empty());
                self.model.calls.push(CallSite { call, place, verb, has_keywords });
                self.set_attribute(call);
                self.given_away(call);
                self.built(expr);
                self.change(call);
                visitor::walk_expr(self, expr);
            }
            Expr::Lambda(lambda) => {
                let scope = self.open(ScopeKind::Lambda, None);
                lambda.node_index.set(NodeIndex::from(scope.0));
                self.model.scopes[scope.index()].returns.push(&lambda.body);
                if let Some(parameters) = &lambda.parameters {
                    self.parameters(parameters, scope, None);
                }
                self.inside(scope, false, |walk| {
                    walk.loose(&lambda.body);
                    walk.visit_expr(&lambda.body);
                });
            }
            Expr::ListComp(comp) => self.comprehension(&comp.node_index, &comp.generators, &[&comp.elt]),
            Expr::SetComp(comp) => self.comprehension(&comp.node_index, &comp.generators, &[&comp.elt]),
            Expr::Generator(comp) => self.comprehension(&comp.node_index, &comp.generators, &[&comp.elt]),
            Expr::DictComp(comp) => {
                let elements: Vec<&Expr> = comp.key.as_deref().into_iter().chain([&*comp.value]).collect();
                self.comprehension(&comp.node_index, &comp.generators, &elements);
            }
            Expr::Yield(inner) => {
                // Whoever iterates gets it, and may call it.
                self.gives();
                if let Some(value) = inner.value.as_deref() {
                    let place = self.place();
                    self.model.handed.push(Handed { value, place });
                    self.model.scopes[self.scope.index()].yields.push(value);
                    self.visit_expr(value);
                }
            }
            Expr::YieldFrom(inner) => {
                self.gives();
                let scope = self.scope;
                self.model.scopes[scope.index()].returns.push(&inner.value);
                self.visit_expr(&inner.value);
            }
            Expr::Named(named) => {
                self.labelled(label_of(&named.target), Named::Target, &named.value);
                self.walrus(&named.target, &named.value);
            }
            Expr::Dict(dict) => {
                self.long_display(dict.items.len(), dict.items.iter().map(|item| &item.value));
                for item in &dict.items {
                    if let Some(key) = &item.key {
                        self.loose(key);
                        self.labelled(None, Named::Target, key);
                        self.factory(key, &item.value);
                    }
                    let label = item.key.as_ref().and_then(label_of).or(self.label);
                    self.labelled(label, Named::Target, &item.value);
                }
            }
            Expr::StringLiteral(_) | Expr::BytesLiteral(_) => {
                let (named, range) = self.named;
                let named = (self.label.is_some() && range == expr.range()).then_some(named);
                let (length, label) = (length(expr), self.label);
                self.model.literals.push(Literal { expr, length, label, named, is_statement: false });
            }
            Expr::BinOp(op) => {
                self.loose(&op.left);
                self.loose(&op.right);
                self.built(expr);
                visitor::walk_expr(self, expr);
            }
            Expr::FString(_) => {
                self.built(expr);
                self.model.fstrings.push(expr);
                visitor::walk_expr(self, expr);
            }
            Expr::TString(tstring) => {
                // What stands in the template is given to whoever renders it.
                for field in tstring.value.elements().filter_map(InterpolatedStringElement::as_interpolation) {
                    self.loose(&field.expression);
                }
                visitor::walk_expr(self, expr);
            }
            Expr::Compare(compare) => {
                let place = self.place();
                self.model.compares.push((compare, place));
                self.compared(compare);
                match (&*compare.left, &*compare.comparators) {
                    // `password == "…"` says what the literal is.
                    (left @ (Expr::Name(_) | Expr::Attribute(_) | Expr::Subscript(_)), [right]) => {
                        self.visit_expr(left);
                        self.labelled(label_of(left), Named::Target, right);
                    }
                    _ => visitor::walk_expr(self, expr),
                }
            }
            Expr::List(list) => {
                self.long_display(list.elts.len(), list.elts.iter());
                visitor::walk_expr(self, expr);
            }
            Expr::Tuple(tuple) => {
                self.long_display(tuple.elts.len(), tuple.elts.iter());
                visitor::walk_expr(self, expr);
            }
            Expr::Set(set) => {
                set.elts.iter().for_each(|item| self.loose(item));
                visitor::walk_expr(self, expr);
            }
            Expr::Subscript(subscript) => {
                self.number(&subscript.node_index);
                self.loose(&subscript.slice);
                self.around = Some(subscript);
                visitor::walk_expr(self, expr);
            }
            Expr::Attribute(attribute) => {
                self.number(&attribute.node_index);
                if attribute.ctx == ExprContext::Load && dispatch::is_read(&attribute.attr) {
                    let place = self.place();
                    self.model.reads.push((expr, place));
                    if let Some(around) = self.around.filter(|around| around.value.range() == attribute.range()) {
                        self.model.keyed.insert(attribute.range(), around);
                    }
                }
                self.visit_expr(&attribute.value);
            }
            Expr::Name(_) | Expr::NumberLiteral(_) | Expr::BooleanLiteral(_) | Expr::NoneLiteral(_) => {}
            _ => visitor::walk_expr(self, expr),
        }
        self.depth -= 1;
    }

    fn visit_keyword(&mut self, keyword: &'a Keyword) {
        self.labelled(keyword.arg.as_deref(), Named::Keyword, &keyword.value);
    }
}

/// The length of a literal in bytes, of all its parts together.
fn length(literal: &Expr) -> usize {
    match literal {
        Expr::StringLiteral(string) => string.value.iter().map(|part| part.value.len()).sum(),
        Expr::BytesLiteral(bytes) => bytes.value.iter().map(|part| part.value.len()).sum(),
        _ => 0,
    }
}

fn element<'a>(value: Value<'a>) -> Value<'a> {
    match value {
        Value::Expr(expr) | Value::Item(expr, _) | Value::Element(expr) => Value::Element(expr),
        _ => Value::Opaque,
    }
}

pub(super) fn is_own(expr: &Expr) -> bool {
    matches!(expr, Expr::Name(name) if matches!(name.id.as_str(), "self" | "cls"))
}

/// The name that a target or key gives to what it holds.
fn label_of(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Name(name) => Some(&name.id),
        Expr::Attribute(attribute) => Some(&attribute.attr),
        Expr::StringLiteral(literal) => literal.as_single_part_string().map(ruff_python_ast::StringLiteral::as_str),
        Expr::Subscript(subscript) => label_of(&subscript.slice),
        _ => None,
    }
}

fn is_guard(test: &Expr) -> bool {
    match test {
        Expr::Compare(compare) => {
            let is_name = |expr: &Expr| matches!(expr, Expr::Name(name) if name.id == "__name__");
            is_name(&compare.left) || compare.comparators.iter().any(is_name)
        }
        Expr::BoolOp(op) => op.op == ruff_python_ast::BoolOp::And && op.values.iter().any(is_guard),
        Expr::Name(name) => name.id == "TYPE_CHECKING",
        Expr::Attribute(attribute) => &attribute.attr == "TYPE_CHECKING",
        _ => false,
    }
}

/// Whether a call of this gives the names of the scope it stands in.
fn is_own_namespace(function: &Expr) -> bool {
    matches!(function, Expr::Name(name) if matches!(name.id.as_str(), "globals" | "vars" | "locals"))
}
