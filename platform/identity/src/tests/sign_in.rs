use super::Fixture;
use crate::{Actor, CODE_LIFETIME_MS, secret, sign_in::FAILURES_MAX};
use futures::future::join_all;
use micro_domain::Code;

#[tokio::test]
async fn s01_of_a_hundred_browsers_with_one_code_one_signs_in() {
    for fixture in Fixture::each().await {
        let link = fixture.identity.create_sign_in_link(Actor::server(), fixture.owner()).await.unwrap();
        let tries = (0..100).map(|_| fixture.identity.redeem_sign_in_code(link.code.reveal()));
        let outcomes = join_all(tries).await;
        let good: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
        assert_eq!(good.len(), 1);
        assert_eq!(good.first().unwrap().name, "ann");
    }
}

#[tokio::test]
async fn unknown_spent_expired_and_malformed_codes_answer_alike() {
    for fixture in Fixture::each().await {
        let identity = &fixture.identity;
        let expired = identity.create_sign_in_link(Actor::server(), fixture.owner()).await.unwrap();
        fixture.advance(CODE_LIFETIME_MS);
        let spent = identity.create_sign_in_link(Actor::server(), fixture.owner()).await.unwrap();
        identity.redeem_sign_in_code(spent.code.reveal()).await.unwrap();
        let unknown = secret::generate(secret::Kind::SignIn).unwrap();
        let token = fixture.bearer("laptop").await.replace("Bearer ", "");
        let mut answers = Vec::new();
        for code in [expired.code.reveal(), spent.code.reveal(), unknown.reveal(), &token, "", "x"] {
            answers.push(identity.redeem_sign_in_code(code).await.unwrap_err());
        }
        assert_eq!(answers.first().unwrap().code, Code::Unauthenticated);
        answers.dedup();
        assert_eq!(answers.len(), 1);
    }
}

#[tokio::test]
async fn a_code_is_good_until_its_last_moment() {
    let fixture = Fixture::sqlite().await;
    let link = fixture.identity.create_sign_in_link(Actor::server(), fixture.owner()).await.unwrap();
    assert_eq!(link.expires_ms, super::START_MS + CODE_LIFETIME_MS);
    fixture.advance(CODE_LIFETIME_MS - 1);
    fixture.identity.redeem_sign_in_code(link.code.reveal()).await.unwrap();
}

#[tokio::test]
async fn s01_after_too_many_failures_only_a_good_code_is_let_in() {
    let fixture = Fixture::sqlite().await;
    let link = fixture.identity.create_sign_in_link(Actor::server(), fixture.owner()).await.unwrap();
    for _ in 0..FAILURES_MAX {
        let refused = fixture.identity.redeem_sign_in_code("guess").await.unwrap_err();
        assert_eq!(refused.code, Code::Unauthenticated);
    }
    let rows = fixture.audit_rows().await;
    let unknown = secret::generate(secret::Kind::SignIn).unwrap();
    for code in ["guess", unknown.reveal()] {
        let refused = fixture.identity.redeem_sign_in_code(code).await.unwrap_err();
        assert_eq!(refused.code, Code::ResourceExhausted);
    }
    assert_eq!(fixture.audit_rows().await, rows);
    fixture.identity.redeem_sign_in_code(link.code.reveal()).await.unwrap();
}

#[tokio::test]
async fn every_change_leaves_an_audit_row() {
    for fixture in Fixture::each().await {
        let (identity, owner) = (&fixture.identity, fixture.owner());
        assert_eq!(fixture.audit_rows().await, 2, "the owner and their team");
        fixture.bearer("ci").await;
        identity.revoke_token(Actor::server(), owner, "ci").await.unwrap();
        let link = identity.create_sign_in_link(Actor::server(), owner).await.unwrap();
        identity.redeem_sign_in_code(link.code.reveal()).await.unwrap();
        identity.redeem_sign_in_code(link.code.reveal()).await.unwrap_err();
        assert_eq!(fixture.audit_rows().await, 7);
    }
}
