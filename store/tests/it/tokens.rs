//! Users and tokens.

use std::time::Duration;

use airlock_model::Role;
use airlock_model::role::Action;
use airlock_store::{NewToken, NewUser, StoreError};

use crate::bench::Bench;

crate::on_both_databases!(
    a_token_names_its_holder,
    wrong_expired_and_revoked_tokens_name_nobody,
    scopes_limit_a_token,
    user_names_are_taken_once,
);

async fn a_token_names_its_holder(bench: &Bench) {
    let ada = bench.publisher().await;
    let new = NewToken { user: ada.user, label: "laptop".into(), scopes: Vec::new(), lifetime: None };
    let issued = bench.store.create_token(&new).await.unwrap();
    let text = issued.text.reveal();
    assert_eq!(text.split('_').map(str::len).collect::<Vec<_>>(), [7, 32, 64]);
    let caller = bench.store.authenticate(&text).await.unwrap().unwrap();
    assert_eq!((caller.user, caller.role, caller.token), (ada.user, Role::Publisher, Some(issued.view.id)));
    assert!(!format!("{:?}", issued.text).contains(&text[40..]), "a log never holds the secret");
    let secret = text.rsplit('_').next().unwrap();
    let kept = format!("SELECT COUNT(*) FROM tokens WHERE secret_sha256 LIKE '%{secret}%' OR label LIKE '%{secret}%'");
    assert_eq!(bench.number(&kept).await, 0, "only a hash is kept");
    let listed = bench.store.list_tokens(ada.user).await.unwrap();
    assert_eq!(listed[0].last_used_at, Some(bench.clock.now()));
}

async fn wrong_expired_and_revoked_tokens_name_nobody(bench: &Bench) {
    let ada = bench.publisher().await;
    let bob = bench.caller("bob", Role::Publisher).await;
    let lifetime = Some(Duration::from_secs(60));
    let new = NewToken { user: ada.user, label: String::new(), scopes: Vec::new(), lifetime };
    let issued = bench.store.create_token(&new).await.unwrap();
    let text = issued.text.reveal();
    let flipped = if text.ends_with('0') { '1' } else { '0' };
    let nearly = format!("{}{flipped}", &text[..text.len() - 1]);
    let upper = text.to_uppercase();
    for wrong in
        [nearly.as_str(), upper.as_str(), "", "airlock_", "airlock__", "Bearer x", "airlock_\0_\0", &text[..50]]
    {
        assert_eq!(bench.store.authenticate(wrong).await.unwrap(), None, "{wrong:?}");
    }
    assert!(bench.store.authenticate(&text).await.unwrap().is_some());
    bench.advance(60);
    assert_eq!(bench.store.authenticate(&text).await.unwrap(), None, "it has expired");
    let lasting = bench.store.create_token(&NewToken { lifetime: None, ..new }).await.unwrap();
    let others = bench.store.revoke_token(&bob, lasting.view.id).await;
    assert!(matches!(others, Err(StoreError::NotFound("token"))), "{others:?}");
    assert!(bench.store.authenticate(&lasting.text.reveal()).await.unwrap().is_some());
    bench.store.revoke_token(&ada, lasting.view.id).await.unwrap();
    assert_eq!(bench.store.authenticate(&lasting.text.reveal()).await.unwrap(), None, "it is revoked");
}

async fn scopes_limit_a_token(bench: &Bench) {
    let admin = bench.caller("root", Role::Admin).await;
    let new = NewToken { user: admin.user, label: "ci".into(), scopes: vec!["publish".into()], lifetime: None };
    let issued = bench.store.create_token(&new).await.unwrap();
    let caller = bench.store.authenticate(&issued.text.reveal()).await.unwrap().unwrap();
    assert!(caller.may(Action::Publish));
    assert!(!caller.may(Action::Review) && !caller.is_admin());
    assert!(admin.may(Action::Review), "without scopes the role decides");
}

async fn user_names_are_taken_once(bench: &Bench) {
    let ada = bench.publisher().await;
    let new = NewUser { name: ada.name.clone(), role: Role::Admin, email: None };
    let twice = bench.store.create_user(&new).await;
    assert!(matches!(twice, Err(StoreError::Taken { .. })), "{twice:?}");
    let kept = bench.store.user_by_name(&ada.name).await.unwrap().unwrap();
    assert_eq!((kept.id, kept.role), (ada.user, Role::Publisher));
    assert_eq!(bench.store.list_users().await.unwrap().len(), 1);
    assert!("../x".parse::<airlock_store::UserName>().is_err());
}
