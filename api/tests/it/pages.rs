//! Pages: what publishers wrote does nothing there.

use airlock_model::{Role, Verdict};
use airlock_store::Next;

use crate::harness::{Answer, Registry};

fn is_inert(page: &Answer, what: &str) {
    assert_eq!(page.header("content-type"), "text/html; charset=utf-8", "{what}");
    let policy = page.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{what}: {policy}");
    assert_eq!(page.header("x-frame-options"), "DENY");
    let html = page.text();
    for bad in ["<script", "<img", "javascript:", " style=", " onclick", "<style", "\u{202e}", "\u{1b}"] {
        assert!(!html.contains(bad), "{what} holds {bad:?}: {html}");
    }
}

#[tokio::test]
async fn pages_show_hostile_text_as_text() {
    let registry = Registry::new().await;
    let ada = registry.token("ada", Role::Publisher).await;
    let published = registry.published(&ada, "weather-tool", "1.0.0").await;
    let list = registry.get("/ui?q=weather", None).await;
    is_inert(&list, "catalogue");
    assert!(list.text().contains("\\u{202e}&#60;b&#62;"), "{}", list.text());
    let plugin = registry.get("/ui/plugins/weather-tool", None).await;
    is_inert(&plugin, "plugin");
    assert!(plugin.text().contains("<h1>Weather</h1>") && plugin.text().contains("tests not run: there are none"));

    // A text that is not Markdown is shown as it was written.
    let changelog = "<pre># 1.0\n\n&#60;b&#62;*First*&#60;/b&#62; of\\u{202e}all\n</pre>";
    assert!(plugin.text().contains(changelog), "{}", plugin.text());

    let mine = registry.get(&format!("/ui/validations/{published}"), Some(&ada)).await;
    is_inert(&mine, "validation");
    assert!(mine.text().contains("evil\\u{202e}.py:3") && mine.text().contains("AL-CODE-os-system"), "{}", mine.text());
    for part in ["Compared with 0.9.0 (patch)", "and 2 more", "package leaky ==1.0", "Held against 7 advisories"] {
        assert!(mine.text().contains(part), "no {part:?}: {}", mine.text());
    }
    let public = registry.get(&format!("/ui/validations/{published}"), None).await;
    is_inert(&public, "published validation");
    assert!(!public.text().contains("Compared with") && !public.text().contains("leaky"));
    assert!(public.text().contains("published") && !public.text().contains("AL-CODE-os-system"));

    let held = registry.submitted(&ada, "weather-tool", "2.0.0").await;
    registry.inspected(Verdict::Hold, Next::Hold).await;
    let hidden = registry.get(&format!("/ui/validations/{held}"), None).await;
    assert_eq!(hidden.status.as_u16(), 404);
    is_inert(&hidden, "someone's validation");
}

#[tokio::test]
async fn searching_and_errors_escape_what_was_asked() {
    let registry = Registry::new().await;
    let page = registry.get("/ui?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E%E2%80%AE", None).await;
    is_inert(&page, "search");
    for path in ["/ui/plugins/%3Cscript%3E", "/ui/validations/%3Cscript%3E", "/rules/%3Cscript%3E"] {
        let page = registry.get(path, None).await;
        assert_eq!(page.status.as_u16(), 404, "{path}");
        is_inert(&page, path);
    }
}

#[tokio::test]
async fn rules_have_their_pages() {
    let registry = Registry::new().await;
    let rules = registry.get("/rules", None).await;
    is_inert(&rules, "rules");
    assert!(rules.text().contains("href=\"/rules/AL-CODE-os-system\""));
    let rule = registry.get("/rules/AL-CODE-os-system", None).await;
    is_inert(&rule, "rule");
    assert!(rule.text().contains("<h2>What it finds</h2>") && rule.text().contains("B605, S605"));
    let style = registry.get("/static/airlock.css", None).await;
    assert_eq!(style.header("content-type"), "text/css; charset=utf-8");
}
