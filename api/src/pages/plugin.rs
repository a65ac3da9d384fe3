//! `GET /ui/plugins/{name}`: one plugin.

use std::sync::Arc;

use airlock_model::finding::Capability;
use airlock_model::inspection::TextFormat;
use airlock_model::manifest::{FilesystemAccess, Manifest};
use airlock_model::{PluginName, PluginVersion, escape};
use airlock_store::{PluginDetail, VersionSummary};
use askama::Template;
use axum::extract::State;
use serde::Deserialize;
use utoipa::IntoParams;

use super::{Frame, Page, markdown, moment, on_page, page};
use crate::auth::Reader;
use crate::extract::{PathOf, QueryOf, named};
use crate::problem::Problem;
use crate::state::ApiState;

/// Which version to show.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub(super) struct PluginParams {
    /// A version; the latest when absent.
    version: Option<String>,
}

struct VersionRow {
    version: String,
    state: &'static str,
    published: String,
    downloads: u64,
    sha256: String,
    validation: String,
}

impl From<&VersionSummary> for VersionRow {
    fn from(version: &VersionSummary) -> Self {
        Self {
            version: version.version.to_string(),
            state: version.state.as_str(),
            published: moment(version.published_at),
            downloads: version.downloads,
            sha256: version.canonical.sha256.to_string(),
            validation: version.validation.to_string(),
        }
    }
}

/// A text that the publisher wrote.
struct Paper {
    label: &'static str,
    text: PaperText,
}

enum PaperText {
    /// Already HTML, made inert.
    Html(String),
    /// Escaped by the template.
    Plain(String),
}

struct Link {
    label: &'static str,
    url: String,
}

#[derive(Template)]
#[template(path = "plugin.html")]
struct PluginPage {
    frame: Frame,
    name: String,
    version: String,
    state: &'static str,
    title: String,
    description: String,
    author: String,
    owner: String,
    license: &'static str,
    kind: &'static str,
    category: &'static str,
    downloads: u64,
    tags: Vec<String>,
    links: Vec<Link>,
    permissions: Vec<String>,
    tests: String,
    sha256: String,
    upload_sha256: String,
    papers: Vec<Paper>,
    versions: Vec<VersionRow>,
}

/// One plugin: what it is, its README, what became of its tests, its versions.
#[utoipa::path(get, path = "/ui/plugins/{name}", tag = "pages",
    params(("name" = String, Path, description = "The plugin's name."), PluginParams),
    security((), ("token" = ["read"])), responses((status = 200, body = String, content_type = "text/html")))]
pub(super) async fn plugin(
    State(state): State<Arc<ApiState>>,
    reader: Result<Reader, Problem>,
    PathOf(name): PathOf<String>,
    QueryOf(params): QueryOf<PluginParams>,
) -> Page {
    let failed = on_page::<Problem>(&state.settings);
    reader.map_err(&failed)?;
    let name: PluginName = named("plugin", &name).map_err(&failed)?;
    let version = params.version.filter(|version| !version.is_empty());
    let version: Option<PluginVersion> =
        version.map(|version| named("version", &version)).transpose().map_err(&failed)?;
    let detail = state.store.plugin(&name, version.as_ref()).await.map_err(on_page(&state.settings))?;
    let detail = detail.ok_or_else(|| failed(Problem::not_found("plugin or version")))?;
    let shown = &detail.entry.manifest.version;
    let tests = match detail.versions.iter().find(|version| version.version == *shown) {
        Some(version) => state.store.tests_note(version.validation).await.map_err(on_page(&state.settings))?,
        None => None,
    };
    page(&shown_page(Frame::of(&state.settings), &detail, tests))
}

fn shown_page(frame: Frame, detail: &PluginDetail, tests: Option<String>) -> PluginPage {
    let (entry, manifest) = (&detail.entry, &detail.entry.manifest);
    PluginPage {
        frame,
        name: manifest.name.to_string(),
        version: manifest.version.to_string(),
        state: entry.state.as_str(),
        title: escape::line(&manifest.title),
        description: escape::line(&manifest.description),
        author: escape::line(&manifest.author.name),
        owner: escape::line(detail.owner_name.as_str()),
        license: manifest.license.as_str(),
        kind: manifest.kind.as_str(),
        category: manifest.category.as_str(),
        downloads: entry.downloads,
        tags: manifest.tags.iter().map(|tag| escape::line(tag)).collect(),
        links: links(manifest),
        permissions: permissions(manifest),
        tests: escape::line(tests.as_deref().unwrap_or("nothing is recorded of its tests")),
        sha256: entry.canonical.sha256.to_string(),
        upload_sha256: entry.upload_sha256.to_string(),
        papers: papers(detail),
        versions: detail.versions.iter().map(VersionRow::from).collect(),
    }
}

/// README and changelog, Markdown laid out and everything else as it is written.
fn papers(detail: &PluginDetail) -> Vec<Paper> {
    let paper = |label, text: &Option<String>, format| {
        let text = text.as_deref()?;
        Some(Paper {
            label,
            text: match format {
                TextFormat::Markdown => PaperText::Html(markdown::inert(text)),
                TextFormat::Rst | TextFormat::Plain => PaperText::Plain(escape::block(&text.replace("\r\n", "\n"))),
            },
        })
    };
    let readme = paper("Readme", &detail.readme, detail.readme_format);
    let changelog = paper("Changelog", &detail.changelog, detail.changelog_format);
    readme.into_iter().chain(changelog).collect()
}

/// Only what is plainly a web address becomes a link.
fn links(manifest: &Manifest) -> Vec<Link> {
    let given = [
        ("Homepage", &manifest.homepage),
        ("Repository", &manifest.repository),
        ("Documentation", &manifest.documentation),
    ];
    let web = |url: &&String| url.starts_with("https://") || url.starts_with("http://");
    given
        .into_iter()
        .filter_map(|(label, url)| Some(Link { label, url: escape::line(url.as_ref().filter(web)?) }))
        .collect()
}

/// What the manifest says that the code may do; nothing when it says nothing.
fn permissions(manifest: &Manifest) -> Vec<String> {
    let Some(declared) = &manifest.permissions else { return Vec::new() };
    let mut said = Vec::new();
    let mut list = |capability: Capability, names: &[String]| {
        if !names.is_empty() {
            let names: Vec<String> = names.iter().map(|name| escape::line(name)).collect();
            said.push(format!("{}: {}", capability.as_str(), names.join(", ")));
        }
    };
    list(Capability::Network, &declared.network);
    list(Capability::Environment, &declared.environment);
    if let Some(access) = declared.filesystem.filter(|access| *access != FilesystemAccess::None) {
        said.push(format!("{}: {}", Capability::Filesystem.as_str(), access.as_str()));
    }
    let flags = [
        (Capability::Subprocess, declared.subprocess),
        (Capability::NativeCode, declared.native_code),
        (Capability::DynamicCode, declared.dynamic_code),
    ];
    said.extend(flags.into_iter().filter(|(_, held)| *held).map(|(capability, _)| capability.as_str().to_owned()));
    if said.is_empty() {
        said.push("none".to_owned());
    }
    said
}
