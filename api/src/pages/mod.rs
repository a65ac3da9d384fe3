//! Pages for people: rendered here, with no script and no inline style. Whatever
//! a publisher wrote is escaped twice over: what is invisible or moves text is
//! shown as its code, then the template makes it HTML.

mod catalogue;
mod difference;
mod markdown;
mod plugin;
mod rules;
mod style;
mod validation;

use std::sync::Arc;

use airlock_model::{Timestamp, escape};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::problem::Problem;
use crate::state::{ApiSettings, ApiState};

pub(crate) fn routes() -> OpenApiRouter<Arc<ApiState>> {
    OpenApiRouter::new()
        .routes(routes!(catalogue::catalogue))
        .routes(routes!(plugin::plugin))
        .routes(routes!(validation::validation))
        .routes(routes!(rules::rules))
        .routes(routes!(rules::rule))
        .routes(routes!(style::style))
}

/// What every page has around its content.
#[derive(Debug, Clone)]
struct Frame {
    /// The path prefix, before each local address.
    base: String,
    /// The registry's name.
    registry: String,
}

impl Frame {
    fn of(settings: &ApiSettings) -> Self {
        Self { base: settings.prefix().to_owned(), registry: escape::line(&settings.registry_name) }
    }
}

/// A time as people read it, to the second: `2026-03-01 12:30:05 UTC`.
fn moment(time: Timestamp) -> String {
    let text = time.to_string();
    match (text.get(..10), text.get(11..19)) {
        (Some(day), Some(hour)) => format!("{day} {hour} UTC"),
        _ => text,
    }
}

/// A page, or the error page that stands for it.
type Page = Result<Html<String>, PageError>;

fn page(template: &impl Template) -> Page {
    match template.render() {
        Ok(html) => Ok(Html(html)),
        Err(error) => Err(PageError { frame: None, problem: Problem::internal(&error) }),
    }
}

/// A problem, told on a page.
#[derive(Debug)]
struct PageError {
    frame: Option<Frame>,
    problem: Problem,
}

#[derive(Template)]
#[template(path = "error.html")]
struct ErrorPage<'a> {
    frame: &'a Frame,
    title: &'a str,
    detail: &'a str,
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let Some(frame) = self.frame else { return self.problem.into_response() };
        let title = self.problem.kind().title();
        let rendered = ErrorPage { frame: &frame, title, detail: self.problem.detail() }.render();
        let status: StatusCode = self.problem.kind().status();
        match rendered {
            Ok(html) => (status, self.problem.into_headers(), Html(html)).into_response(),
            Err(error) => Problem::internal(&error).into_response(),
        }
    }
}

/// Tells problems on pages of this registry.
fn on_page<E: Into<Problem>>(settings: &ApiSettings) -> impl Fn(E) -> PageError {
    let frame = Frame::of(settings);
    move |problem| PageError { frame: Some(frame.clone()), problem: problem.into() }
}
