use super::Fixture;
use crate::{
    Actor,
    session::{ACCOUNT_KEY, IDLE_MAX_MS, LIFETIME_MAX_MS, Store},
};
use micro_domain::identity::CredentialKind;
use std::sync::Arc;
use tower_sessions::{
    Expiry, Session, SessionStore as _,
    cookie::time::Duration,
    session::{Id, Record},
};

/// A session of the owner, as a browser gets it by signing in; its cookie's value.
pub(super) async fn sign_in(fixture: &Fixture) -> Id {
    let store = Arc::new(fixture.identity.session_store());
    let session = Session::new(None, store, Some(Expiry::OnInactivity(Duration::days(3_650))));
    session.insert(ACCOUNT_KEY, fixture.owner()).await.unwrap();
    session.save().await.unwrap();
    session.id().unwrap()
}

async fn load(store: &Store, id: Id) -> Option<Record> {
    store.load(&id).await.unwrap()
}

#[tokio::test]
async fn a_session_signs_its_account_in_until_it_is_idle_too_long() {
    for fixture in Fixture::each().await {
        let id = sign_in(&fixture).await;
        let principal = fixture.identity.resolve_session(&id.to_string()).await.unwrap();
        assert_eq!((principal.account.as_str(), principal.credential.kind), ("ann", CredentialKind::Session));
        assert_ne!(principal.credential.id, id.to_string());
        fixture.advance(IDLE_MAX_MS - 60_000);
        fixture.identity.resolve_session(&id.to_string()).await.unwrap();
        fixture.identity.flush().await.unwrap();
        fixture.advance(IDLE_MAX_MS - 60_000);
        fixture.identity.resolve_session(&id.to_string()).await.unwrap();
        fixture.identity.flush().await.unwrap();
        fixture.advance(IDLE_MAX_MS);
        assert!(fixture.identity.resolve_session(&id.to_string()).await.is_none());
        assert!(load(&fixture.identity.session_store(), id).await.is_none());
    }
}

#[tokio::test]
async fn a_session_ends_after_a_week_however_it_is_used() {
    let fixture = Fixture::sqlite().await;
    let id = sign_in(&fixture).await;
    let step_ms = IDLE_MAX_MS / 2;
    for _ in 1..LIFETIME_MAX_MS / step_ms {
        fixture.advance(step_ms);
        fixture.identity.resolve_session(&id.to_string()).await.unwrap();
        fixture.identity.flush().await.unwrap();
        // Saving, which tower-sessions does with a later end, does not prolong it.
        let store = fixture.identity.session_store();
        let record = load(&store, id).await.unwrap();
        let later = Record { expiry_date: record.expiry_date + Duration::days(30), ..record };
        store.save(&later).await.unwrap();
    }
    fixture.advance(step_ms);
    assert!(fixture.identity.resolve_session(&id.to_string()).await.is_none());
}

#[tokio::test]
async fn s05_signing_in_changes_the_id() {
    for fixture in Fixture::each().await {
        let store = Arc::new(fixture.identity.session_store());
        let session = Session::new(None, Arc::clone(&store) as _, None);
        session.insert("theme", "dark").await.unwrap();
        session.save().await.unwrap();
        let before = session.id().unwrap();
        assert!(fixture.identity.resolve_session(&before.to_string()).await.is_none(), "belongs to nobody");
        session.cycle_id().await.unwrap();
        session.insert(ACCOUNT_KEY, fixture.owner()).await.unwrap();
        session.save().await.unwrap();
        let after = session.id().unwrap();
        assert_ne!(before, after);
        assert!(load(&store, before).await.is_none());
        let data = load(&store, after).await.unwrap().data;
        assert_eq!(data.get("theme").unwrap(), "dark");
        assert!(fixture.identity.resolve_session(&after.to_string()).await.is_some());
    }
}

#[tokio::test]
async fn s07_an_ended_session_is_refused_at_once_and_stays_ended() {
    for fixture in Fixture::each().await {
        let mut revocations = fixture.identity.revocations().subscribe();
        let store = fixture.identity.session_store();

        let id = sign_in(&fixture).await;
        let reference = fixture.identity.resolve_session(&id.to_string()).await.unwrap().credential.id;
        let record = load(&store, id).await.unwrap();
        store.delete(&id).await.unwrap();
        assert!(fixture.identity.resolve_session(&id.to_string()).await.is_none());
        assert_eq!(revocations.recv().await.unwrap(), reference);
        // A request that was still running saves it.
        store.save(&record).await.unwrap();
        assert!(load(&store, id).await.is_none());

        let id = sign_in(&fixture).await;
        let reference = fixture.identity.resolve_session(&id.to_string()).await.unwrap().credential.id;
        let (actor, owner) = (Actor::server(), fixture.owner());
        fixture.identity.revoke_session(actor.clone(), "someone else", &reference).await.unwrap_err();
        assert_eq!(fixture.identity.sessions(owner).await.unwrap().len(), 1);
        fixture.identity.revoke_session(actor, owner, &reference).await.unwrap();
        assert!(fixture.identity.resolve_session(&id.to_string()).await.is_none());
        assert_eq!(revocations.recv().await.unwrap(), reference);
        assert!(fixture.identity.sessions(owner).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_account_has_a_bounded_number_of_sessions() {
    let fixture = Fixture::sqlite().await;
    let first = sign_in(&fixture).await;
    for _ in 0..50 {
        fixture.advance(1);
        sign_in(&fixture).await;
    }
    assert_eq!(fixture.identity.sessions(fixture.owner()).await.unwrap().len(), 50);
    assert!(fixture.identity.resolve_session(&first.to_string()).await.is_none());
}

#[tokio::test]
async fn too_much_data_and_a_bad_id_are_refused() {
    let fixture = Fixture::sqlite().await;
    let store = Arc::new(fixture.identity.session_store());
    let session = Session::new(None, store, None);
    session.insert("much", "x".repeat(20_000)).await.unwrap();
    assert!(session.save().await.is_err());
    for id in ["", "x", "AAAAAAAAAAAAAAAAAAAAAA", "AAAAAAAAAAAAAAAAAAAAAB", "mu_pat_"] {
        assert!(fixture.identity.resolve_session(id).await.is_none(), "{id}");
    }
}
