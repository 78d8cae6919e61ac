use super::Fixture;
use crate::{Actor, LIFETIME_DEFAULT_MS, LIFETIME_MAX_MS, TOKENS_MAX, resolve::RECHECK_MS, secret};
use micro_domain::{
    Code,
    identity::{CredentialKind, CredentialRef, Principal, Secret},
};

#[tokio::test]
async fn a_token_resolves_to_its_account_until_it_expires() {
    for fixture in Fixture::each().await {
        let bearer = fixture.bearer("laptop").await;
        for _ in 0..2 {
            let principal = fixture.identity.resolve_bearer(&bearer).await.unwrap();
            assert_eq!((principal.account.as_str(), principal.credential.name.as_str()), ("ann", "laptop"));
        }
        fixture.advance(i64::try_from(LIFETIME_DEFAULT_MS).unwrap() - 1);
        fixture.identity.resolve_bearer(&bearer).await.unwrap();
        fixture.advance(1);
        let refused = fixture.identity.resolve_bearer(&bearer).await.unwrap_err();
        assert_eq!(refused.code, Code::Unauthenticated);
        assert!(
            refused.message.contains("expired") && refused.message.contains("micro token create"),
            "{refused}"
        );
        assert!(fixture.identity.tokens(fixture.owner()).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn bad_headers_are_told_apart_and_never_echoed() {
    let fixture = Fixture::sqlite().await;
    let unknown = secret::generate(secret::Kind::Member).unwrap();
    let boot = secret::generate(secret::Kind::SignIn).unwrap();
    let bot = secret::generate(secret::Kind::Bot).unwrap();
    for (header, why) in [
        (format!("Bearer {}", unknown.reveal()), "unknown"),
        (format!("Bearer {}", bot.reveal()), "unknown"),
        (format!("Bearer {}", boot.reveal()), "malformed"),
        (format!("Bearer  {}", unknown.reveal()), "malformed"),
        (format!("Bearer {}x", unknown.reveal()), "malformed"),
        (format!("Basic {}", unknown.reveal()), "not `Bearer TOKEN`"),
        (unknown.reveal().to_owned(), "not `Bearer TOKEN`"),
        (String::new(), "not `Bearer TOKEN`"),
    ] {
        let refused = fixture.identity.resolve_bearer(&header).await.unwrap_err();
        assert_eq!(refused.code, Code::Unauthenticated);
        assert!(refused.message.contains(why), "{header}: {refused}");
        assert!(!refused.message.contains(unknown.reveal()));
    }
    let lower = fixture.bearer("laptop").await.replace("Bearer", "bearer");
    fixture.identity.resolve_bearer(&lower).await.unwrap();
}

#[tokio::test]
async fn only_who_signed_in_calls_as_a_token_and_only_as_their_own() {
    for fixture in Fixture::each().await {
        let bearer = fixture.bearer("laptop").await;
        let with_token = fixture.identity.resolve_bearer(&bearer).await.unwrap();
        let id = with_token.credential.id.clone();
        let credential = CredentialRef { kind: CredentialKind::Session, ..with_token.credential.clone() };
        let signed_in = Principal { credential, ..with_token.clone() };
        assert_eq!(fixture.identity.as_token(&signed_in, &id).await.unwrap(), with_token);
        // A token reaches no further by naming another.
        let refused = fixture.identity.as_token(&with_token, &id).await.unwrap_err();
        assert_eq!(refused.code, Code::PermissionDenied);
        let stranger = Principal { account_id: "other".to_owned(), ..signed_in };
        let unknown = fixture.identity.as_token(&stranger, &id).await.unwrap_err();
        assert_eq!(unknown.code, Code::NotFound);
    }
}

#[tokio::test]
async fn s07_a_revoked_token_is_refused_at_once_and_announced() {
    for fixture in Fixture::each().await {
        let mut revocations = fixture.identity.revocations().subscribe();
        for by_name in [true, false] {
            let bearer = fixture.bearer("laptop").await;
            let id = fixture.identity.resolve_bearer(&bearer).await.unwrap().credential.id;
            let wanted = if by_name { "laptop" } else { &id };
            let revoked =
                fixture.identity.revoke_token(Actor::server(), fixture.owner(), wanted).await.unwrap();
            assert_eq!(revoked.id, id);
            let refused = fixture.identity.resolve_bearer(&bearer).await.unwrap_err();
            assert!(refused.message.contains("revoked"), "{refused}");
            assert_eq!(revocations.recv().await.unwrap(), id);
        }
        let missing =
            fixture.identity.revoke_token(Actor::server(), fixture.owner(), "laptop").await.unwrap_err();
        assert_eq!(missing.code, Code::NotFound);
        let foreign =
            fixture.identity.revoke_token(Actor::server(), "someone else", "laptop").await.unwrap_err();
        assert_eq!(foreign.code, Code::NotFound);
    }
}

#[tokio::test]
async fn s07_another_servers_revocation_is_noticed_within_the_recheck() {
    for fixture in Fixture::each().await {
        let bearer = fixture.bearer("laptop").await;
        let other = fixture.another().await;
        other.resolve_bearer(&bearer).await.unwrap();
        fixture.identity.revoke_token(Actor::server(), fixture.owner(), "laptop").await.unwrap();
        fixture.advance(RECHECK_MS);
        other.resolve_bearer(&bearer).await.unwrap_err();
        other.resolve_bearer(&bearer).await.unwrap_err();
    }
}

#[tokio::test]
async fn names_are_unique_among_live_tokens() {
    for fixture in Fixture::each().await {
        let (identity, owner) = (&fixture.identity, fixture.owner());
        identity.create_token(Actor::server(), owner, "ci", Some(60_000)).await.unwrap();
        let taken = identity.create_token(Actor::server(), owner, "ci", None).await.unwrap_err();
        assert_eq!(taken.code, Code::AlreadyExists);
        fixture.advance(60_000);
        identity.create_token(Actor::server(), owner, "ci", None).await.unwrap();
        identity.revoke_token(Actor::server(), owner, "ci").await.unwrap();
        let both = futures::future::join(
            identity.create_token(Actor::server(), owner, "ci", None),
            identity.create_token(Actor::server(), owner, "ci", None),
        );
        let (first, second) = both.await;
        assert_ne!(first.is_ok(), second.is_ok());
    }
}

#[tokio::test]
async fn wishes_out_of_bounds_name_their_field() {
    let fixture = Fixture::sqlite().await;
    for (name, lifetime, field) in [
        ("", None, "name"),
        ("a\u{1b}[31m", None, "name"),
        ("ci", Some(0), "lifetime"),
        ("ci", Some(LIFETIME_MAX_MS + 1), "lifetime"),
        ("ci", Some(u64::MAX), "lifetime"),
    ] {
        let refused = fixture
            .identity
            .create_token(Actor::server(), fixture.owner(), name, lifetime)
            .await
            .unwrap_err();
        assert_eq!(refused.code, Code::InvalidArgument);
        assert_eq!(refused.violations.first().unwrap().field, field);
    }
    assert_eq!(fixture.audit_rows().await, 2, "only the creation of the owner and their team");
}

#[tokio::test]
async fn an_account_holds_a_bounded_number_of_tokens() {
    let fixture = Fixture::sqlite().await;
    for number in 0..TOKENS_MAX {
        fixture.bearer(&number.to_string()).await;
    }
    let more =
        fixture.identity.create_token(Actor::server(), fixture.owner(), "more", None).await.unwrap_err();
    assert_eq!(more.code, Code::ResourceExhausted);
    fixture.identity.revoke_token(Actor::server(), fixture.owner(), "0").await.unwrap();
    fixture.bearer("more").await;
}

#[tokio::test]
async fn the_last_use_is_known_to_the_minute() {
    for fixture in Fixture::each().await {
        let bearer = fixture.bearer("laptop").await;
        let last_used =
            async || fixture.identity.tokens(fixture.owner()).await.unwrap().first().unwrap().last_used_ms;
        assert_eq!(last_used().await, None);
        for _ in 0..3 {
            fixture.advance(61_000);
            fixture.identity.resolve_bearer(&bearer).await.unwrap();
            fixture.advance(2_000);
            fixture.identity.resolve_bearer(&bearer).await.unwrap();
            let now_ms = (fixture.identity.inner.clock)();
            assert!((0..62_000).contains(&(now_ms - last_used().await.unwrap())));
            assert_eq!(last_used().await.unwrap() % 60_000, 0);
        }
    }
}

#[tokio::test]
async fn the_local_token_is_kept_while_good_and_replaced_else() {
    for fixture in Fixture::each().await {
        let identity = &fixture.identity;
        let first = identity.ensure_local_token(None).await.unwrap().unwrap();
        assert_eq!(identity.ensure_local_token(Some(&first.secret)).await.unwrap(), None);
        // The file was lost.
        let second = identity.ensure_local_token(None).await.unwrap().unwrap();
        let old = format!("Bearer {}", first.secret.reveal());
        identity.resolve_bearer(&old).await.unwrap_err();
        // The file holds something else.
        let third = identity.ensure_local_token(Some(&Secret::new("x"))).await.unwrap().unwrap();
        assert_ne!(second.secret, third.secret);
        // It ends soon.
        fixture.advance(i64::try_from(LIFETIME_MAX_MS).unwrap() - 86_400_000);
        let fourth = identity.ensure_local_token(Some(&third.secret)).await.unwrap().unwrap();
        identity.resolve_bearer(&format!("Bearer {}", fourth.secret.reveal())).await.unwrap();
        assert_eq!(identity.tokens(fixture.owner()).await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn s15_no_secret_is_in_the_database() {
    use sea_orm::{ConnectionTrait as _, Statement};
    let fixture = Fixture::sqlite().await;
    let made = fixture.identity.create_token(Actor::server(), fixture.owner(), "ci", None).await.unwrap();
    let link = fixture.identity.create_sign_in_link(Actor::server(), fixture.owner()).await.unwrap();
    let read = fixture.test.database.read();
    for table in ["tokens", "sign_in_codes", "audit"] {
        let sql = format!("SELECT name FROM pragma_table_info('{table}')");
        let columns =
            read.query_all_raw(Statement::from_string(read.get_database_backend(), sql)).await.unwrap();
        for column in columns {
            let column: String = column.try_get_by_index(0).unwrap();
            let secrets = [made.secret.reveal(), link.code.reveal()];
            for tail in secrets.map(|secret| secret.get(12..).unwrap()) {
                let sql = format!("SELECT COUNT(*) FROM {table} WHERE instr({column}, '{tail}') > 0");
                let count =
                    read.query_one_raw(Statement::from_string(read.get_database_backend(), sql)).await;
                assert_eq!(
                    count.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap(),
                    0,
                    "{table}.{column}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_bots_token_is_one_and_nobody_calls_as_it() {
    for fixture in Fixture::each().await {
        let (bearer, member) = (fixture.bot("slack").await, fixture.bearer("laptop").await);
        let bot = fixture.identity.resolve_bearer(&bearer).await.unwrap();
        assert_eq!((bot.credential.kind, bot.credential.name.as_str()), (CredentialKind::Bot, "slack"));
        let own = fixture.identity.resolve_bearer(&member).await.unwrap();
        assert_eq!(own.credential.kind, CredentialKind::Token);
        let listed = fixture.identity.tokens(fixture.owner()).await.unwrap();
        let bots: Vec<_> = listed.iter().filter(|token| token.bot).map(|token| &token.name).collect();
        assert_eq!(bots, ["slack"]);
        assert!(listed.iter().all(|token| token.prefix.starts_with("mu_bot_") == token.bot));
        let credential = CredentialRef { kind: CredentialKind::Session, ..own.credential.clone() };
        let signed_in = Principal { credential, ..own };
        let refused = fixture.identity.as_token(&signed_in, &bot.credential.id).await.unwrap_err();
        assert_eq!(refused.code, Code::PermissionDenied);
        // The name is the account's, whatever the token is for.
        let taken = fixture.identity.create_token(Actor::server(), fixture.owner(), "slack", None).await;
        assert_eq!(taken.unwrap_err().code, Code::AlreadyExists);
    }
}

/// Should the prefix and the row ever disagree, the token is good for neither.
#[tokio::test]
async fn s02_a_secret_found_under_the_other_kind_is_unknown() {
    use sea_orm::ConnectionTrait as _;
    let fixture = Fixture::sqlite().await;
    let bearers = [fixture.bot("slack").await, fixture.bearer("laptop").await];
    let swapped = fixture.test.database.write(|txn| {
        Box::pin(async move {
            let swap = "UPDATE tokens SET kind = CASE kind WHEN 'bot' THEN 'member' ELSE 'bot' END";
            txn.execute_unprepared(swap).await?;
            Ok::<_, micro_database::Error>(())
        })
    });
    swapped.await.unwrap();
    for bearer in bearers {
        let refused = fixture.identity.resolve_bearer(&bearer).await.unwrap_err();
        assert!(refused.message.contains("unknown"), "{refused}");
    }
}
