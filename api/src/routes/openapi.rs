//! `GET /openapi.json`: this interface, generated from its handlers.

use std::sync::Arc;

use axum::Json;
use axum::extract::{Extension, State};
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa::openapi::{
    ComponentsBuilder, ContentBuilder, InfoBuilder, OpenApi, OpenApiBuilder, Ref, RefOr, ResponseBuilder, ServerBuilder,
};
use utoipa::{PartialSchema, ToSchema};

use crate::problem::{PROBLEM_JSON, ProblemDetails};
use crate::state::{ApiSettings, ApiState};

/// The generated description, made once for each router.
#[derive(Clone)]
pub(crate) struct Document(pub(crate) Arc<OpenApi>);

/// This interface, described.
#[utoipa::path(get, path = "/openapi.json", tag = "service", security(()),
    responses((status = 200, description = "An OpenAPI 3.1 document.", content_type = "application/json")))]
pub(super) async fn openapi(Extension(document): Extension<Document>, _: State<Arc<ApiState>>) -> Json<OpenApi> {
    Json((*document.0).clone())
}

/// What stands above the routes.
pub(super) fn head(settings: &ApiSettings) -> OpenApi {
    let token = HttpBuilder::new()
        .scheme(HttpAuthScheme::Bearer)
        .bearer_format("airlock_<id>_<secret>")
        .description(Some("An API token. The names beside it are the actions that its role must allow."))
        .build();
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Airlock").version(env!("CARGO_PKG_VERSION")).description(Some(
            "A plugin registry that examines what it publishes. Every error is a problem (RFC 9457).",
        )))
        .servers(Some([ServerBuilder::new().url(settings.base_url()).build()]))
        .components(Some(
            ComponentsBuilder::new()
                .security_scheme("token", SecurityScheme::Http(token))
                .schema(ProblemDetails::name(), <ProblemDetails as PartialSchema>::schema())
                .build(),
        ))
        .build()
}

/// The whole description with these settings.
#[must_use]
pub fn document(settings: &ApiSettings) -> OpenApi {
    completed(super::all(settings).into_openapi())
}

/// Every operation may answer with a problem.
pub(crate) fn completed(mut document: OpenApi) -> OpenApi {
    let problem = ResponseBuilder::new()
        .description("A problem (RFC 9457).")
        .content(PROBLEM_JSON, ContentBuilder::new().schema(Some(Ref::from_schema_name("ProblemDetails"))).build())
        .build();
    for item in document.paths.paths.values_mut() {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.delete];
        for operation in operations.into_iter().flatten() {
            operation.responses.responses.insert("default".into(), RefOr::T(problem.clone()));
        }
    }
    document
}
