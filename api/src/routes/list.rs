//! `GET /api/v1/plugins`: the seed guide's list, a bare array.

use std::sync::Arc;

use airlock_store::SearchQuery;
use axum::Json;
use axum::extract::State;
use utoipa::IntoParams;

use crate::auth::Reader;
use crate::extract::{QueryOf, written};
use crate::problem::Problem;
use crate::query;
use crate::state::ApiState;
use crate::wire::plugin::ListedPlugin;

/// What to list. `tags` may be repeated, or hold several with commas between them.
#[derive(Debug, Default, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct ListParams {
    /// Words that must all occur.
    query: Option<String>,
    /// Tags that must all be there.
    tags: Vec<String>,
    /// The most results, 20 unless said otherwise, at most 100.
    limit: Option<u32>,
    /// How many to pass over.
    offset: Option<u32>,
}

impl ListParams {
    /// Reads the pairs of a query string; names that are not known are passed over.
    fn read(pairs: Vec<(String, String)>) -> Result<Self, Problem> {
        let mut params = Self::default();
        for (name, value) in pairs {
            match name.as_str() {
                "query" | "q" => params.query = Some(value),
                "tags" => params.tags.extend(value.split(',').filter(|tag| !tag.trim().is_empty()).map(str::to_owned)),
                "limit" => params.limit = Some(written("The limit", &value)?),
                "offset" => params.offset = Some(written("The offset", &value)?),
                _ => {}
            }
        }
        Ok(params)
    }
}

/// Lists plugins.
#[utoipa::path(get, path = "/api/v1/plugins", tag = "guide", params(ListParams), security((), ("token" = ["read"])),
    responses((status = 200, body = Vec<ListedPlugin>)))]
pub(super) async fn list(
    State(state): State<Arc<ApiState>>,
    _: Reader,
    QueryOf(pairs): QueryOf<Vec<(String, String)>>,
) -> Result<Json<Vec<ListedPlugin>>, Problem> {
    let params = ListParams::read(pairs)?;
    for tag in &params.tags {
        query::text(Some(tag.clone()))?;
    }
    let wanted = SearchQuery {
        text: query::text(params.query)?,
        kind: None,
        category: None,
        tags: params.tags,
        limit: query::limit(params.limit),
        offset: params.offset.unwrap_or(0),
    };
    let found = state.store.search(&wanted).await?;
    Ok(Json(found.entries.iter().map(ListedPlugin::from).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<ListParams, Problem> {
        ListParams::read(pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect())
    }

    #[test]
    fn tags_are_read_in_both_ways() {
        let params = read(&[("tags", "a,b"), ("tags", "c"), ("limit", "5"), ("unknown", "x")]).expect("read");
        assert_eq!(params.tags, ["a", "b", "c"]);
        assert_eq!(params.limit, Some(5));
    }

    #[test]
    fn a_number_must_be_one() {
        for (name, value) in [("limit", "-1"), ("offset", "x"), ("limit", "99999999999")] {
            assert!(read(&[(name, value)]).is_err(), "{name}={value}");
        }
    }
}
