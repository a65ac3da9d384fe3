//! `GET /ui`: the catalogue, with a search.

use std::sync::Arc;

use airlock_model::escape;
use airlock_store::{CatalogueEntry, SearchQuery};
use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Frame, Page, on_page, page};
use crate::auth::Reader;
use crate::extract::QueryOf;
use crate::problem::Problem;
use crate::query;
use crate::state::ApiState;

/// How many plugins one page shows.
const SHOWN: u32 = 50;

/// What to show.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct CatalogueParams {
    /// Words that must all occur.
    q: Option<String>,
    /// How many to pass over.
    offset: Option<u32>,
}

struct Row {
    name: String,
    version: String,
    kind: &'static str,
    title: String,
    description: String,
    author: String,
    downloads: u64,
}

impl From<&CatalogueEntry> for Row {
    fn from(entry: &CatalogueEntry) -> Self {
        let manifest = &entry.manifest;
        Self {
            name: manifest.name.to_string(),
            version: manifest.version.to_string(),
            kind: manifest.kind.as_str(),
            title: escape::line(&manifest.title),
            description: escape::line(&manifest.description),
            author: escape::line(&manifest.author.name),
            downloads: entry.downloads,
        }
    }
}

#[derive(Template)]
#[template(path = "catalogue.html")]
struct CataloguePage {
    frame: Frame,
    text: String,
    total: u64,
    rows: Vec<Row>,
    from: u32,
    next: Option<u32>,
}

/// The catalogue, with a search.
#[utoipa::path(get, path = "/ui", tag = "pages", params(CatalogueParams), security((), ("token" = ["read"])),
    responses((status = 200, body = String, content_type = "text/html")))]
pub(super) async fn catalogue(
    State(state): State<Arc<ApiState>>,
    reader: Result<Reader, Problem>,
    params: Result<QueryOf<CatalogueParams>, Problem>,
) -> Page {
    let failed = on_page::<Problem>(&state.settings);
    reader.map_err(&failed)?;
    let QueryOf(params) = params.map_err(&failed)?;
    let (text, offset) = (query::text(params.q).map_err(&failed)?, params.offset.unwrap_or(0));
    let wanted = SearchQuery { text: text.clone(), limit: SHOWN, offset, ..SearchQuery::default() };
    let found = state.store.search(&wanted).await.map_err(on_page(&state.settings))?;
    let end = offset.saturating_add(SHOWN);
    page(&CataloguePage {
        frame: Frame::of(&state.settings),
        text: escape::line(&text),
        total: found.total,
        rows: found.entries.iter().map(Row::from).collect(),
        from: offset,
        next: (u64::from(end) < found.total).then_some(end),
    })
}
