//! Snapshots of every shape that clients read (WIRE.md, DESIGN.md section 4).

use airlock_model::{Role, Verdict};
use airlock_store::Next;
use axum::body::Body;
use axum::http::Method;
use insta::assert_json_snapshot;

use crate::harness::{Registry, request, scrubbed};

#[tokio::test]
async fn the_catalogues_shapes() {
    let registry = Registry::new().await;
    assert_json_snapshot!("root", registry.get("/", None).await.json());
    assert_json_snapshot!("all_empty", registry.get("/api/v1/plugins/all", None).await.json());
    let ada = registry.token("ada", Role::Publisher).await;
    registry.published(&ada, "weather-tool", "1.0.0").await;
    registry.published(&ada, "weather-tool", "1.1.0").await;

    let shapes = [
        ("search", "/api/v1/search?q=weather&limit=20"),
        ("info", "/api/v1/plugins/weather-tool"),
        ("all", "/api/v1/plugins/all"),
        ("list", "/api/v1/plugins?query=weather&tags=net&limit=20&offset=0"),
        ("download_link", "/api/v1/plugins/weather-tool/download?version=1.0.0"),
    ];
    for (name, path) in shapes {
        assert_json_snapshot!(name, registry.get(path, None).await.json());
    }
    let bill = registry.get("/api/v1/plugins/weather-tool/versions/1.0.0/sbom", None).await;
    assert_eq!(bill.header("content-type"), "application/vnd.cyclonedx+json; version=1.6");
    let bill = bill.json();
    assert_eq!((&bill["bomFormat"], &bill["specVersion"]), (&"CycloneDX".into(), &"1.6".into()));
    assert_eq!(bill["metadata"]["component"]["purl"], "pkg:generic/weather-tool@1.0.0");
    assert_eq!(
        (&bill["metadata"]["supplier"]["name"], &bill["vulnerabilities"]),
        (&"ada".into(), &serde_json::json!([]))
    );
    assert_eq!(bill["metadata"]["timestamp"], "2026-01-01T00:00:00.000000Z");
    assert_eq!(bill["components"][0]["purl"], "pkg:pypi/leaky@1.0");
    for missing in ["weather-tool/versions/9.0.0", "absent-tool/versions/1.0.0", "weather-tool/versions/x"] {
        let answer = registry.get(&format!("/api/v1/plugins/{missing}/sbom"), None).await;
        assert_eq!(answer.status.as_u16(), 404, "{missing}");
    }
    let old = registry.get("/api/v1/plugins/weather-tool?version=1.0.0", None).await.json();
    assert_eq!((&old["manifest"]["version"], &old["latest_version"]), (&"1.0.0".into(), &"1.1.0".into()));
    assert_eq!(old["manifest"]["rating"], serde_json::Value::Null, "the registry's own word, not the publisher's");
    assert!(old["manifest"]["config"][0].as_object().expect("an entry").contains_key("default_value"));
}

#[tokio::test]
async fn filters_arrive_in_both_spellings() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    registry.published(&ada, "weather-tool", "1.0.0").await;
    let found = async |query: &str| {
        registry.get(&format!("/api/v1/search?q=weather&{query}"), None).await.json()["results"]
            .as_array()
            .expect("results")
            .len()
    };
    assert_eq!(found("type=PluginType.TOOL&category=PluginCategory.UTILITY").await, 1);
    assert_eq!(found("type=tool").await, 1);
    assert_eq!(found("type=PluginType.AGENT").await, 0);
    assert_eq!(found("category=research").await, 0);
    let detail = registry.get("/api/v1/search?type=PluginType.SPOON", None).await.problem(400);
    assert!(detail.contains("tool, agent, memory"), "{detail}");
    let list = async |query: &str| registry.get(&format!("/api/v1/plugins?{query}"), None).await.json();
    assert_eq!(list("tags=net&tags=weather").await.as_array().expect("a bare list").len(), 1);
    assert_eq!(list("tags=net&tags=absent").await.as_array().expect("a bare list").len(), 0);
    assert_eq!(list("offset=1").await.as_array().expect("a bare list").len(), 0);
}

#[tokio::test]
async fn a_validations_shapes() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let admin = registry.token("root", Role::Admin).await;
    let answer = registry.publish(&ada, "weather-tool", "1.0.0", crate::harness::ARCHIVE).await;
    assert_eq!(answer.status.as_u16(), 202);
    assert_json_snapshot!("accepted", scrubbed(answer.json()));
    let id = answer.json()["id"].as_str().expect("an id").to_owned();
    assert_eq!(answer.header("location"), format!("https://plugins.example/api/v1/validations/{id}"));

    let of = async |what: &str| registry.get(&format!("/api/v1/validations/{id}{what}"), Some(&ada)).await.json();
    assert_json_snapshot!("validation_queued", scrubbed(of("").await));
    registry.inspected(Verdict::Hold, Next::Hold).await;
    assert_json_snapshot!("validation_held", scrubbed(of("").await));
    assert_json_snapshot!("report", scrubbed(of("/report").await));
    assert_eq!(of("/report.sarif").await["version"], "2.1.0");
    assert_json_snapshot!("files", of("/files").await);
    assert_json_snapshot!("validations", scrubbed(registry.get("/api/v1/validations", Some(&ada)).await.json()));
    let shown = registry.get(&format!("/api/v1/reviews/{id}"), Some(&admin)).await.json();
    assert_json_snapshot!("review", scrubbed(shown), { ".report" => "[the report]" });
}

#[tokio::test]
async fn problems_and_the_description_of_the_interface() {
    let registry = Registry::new().await;
    let problem = registry.get("/api/v1/plugins/not-there", None).await;
    assert_json_snapshot!("problem", scrubbed(problem.json()));
    let mut refused = request(Method::GET, "/api/v1/validations", None, Body::empty());
    refused.headers_mut().insert("x-request-id", "from-a-proxy".parse().expect("a header"));
    let refused = registry.send(refused).await;
    assert_json_snapshot!("unauthenticated", refused.json());
    assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"airlock\"");

    let served = registry.get("/openapi.json", None).await.json();
    assert_json_snapshot!("openapi", served);
    let made = serde_json::to_value(airlock_api::document(&registry.state.settings)).expect("JSON");
    assert_eq!(served, made, "what is served is what is generated");
}
