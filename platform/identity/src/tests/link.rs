use super::Fixture;
use crate::{ATTEMPTS_MAX, Actor, Identity, LINKS_MAX, REQUEST_LIFETIME_MS, REQUESTS_MAX};
use futures::future::join_all;
use micro_domain::{
    Code, Error,
    chat::{LinkRequest, NAME_MAX_CHARACTERS, Names, Person, Redeemed},
    identity::{CredentialKind, Principal},
};

pub(super) fn ann() -> Person {
    Person::slack("T1", "U1").unwrap()
}

fn names(user: &str) -> Names {
    Names { workspace: "Acme".to_owned(), user: user.to_owned() }
}

async fn request(identity: &Identity, person: &Person) -> LinkRequest {
    identity.create_link_request(person.clone(), &names("Ann")).await.unwrap()
}

/// The code of a fresh request, shown to the owner.
async fn code(fixture: &Fixture, person: &Person) -> String {
    let id = request(&fixture.identity, person).await.id;
    show(fixture, &id).await.unwrap()
}

async fn show(fixture: &Fixture, id: &str) -> Result<String, Error> {
    let shown = fixture.identity.show_link_code(Actor::server(), fixture.owner(), id).await;
    shown.map(|code| code.reveal().to_owned())
}

async fn redeem(fixture: &Fixture, person: &Person, code: &str) -> Result<Redeemed, Error> {
    fixture.identity.redeem_link_code(&fixture.identity.bot_principal(), person.clone(), code).await
}

/// Links a person to the owner.
pub(super) async fn link(fixture: &Fixture, person: &Person) -> Redeemed {
    redeem(fixture, person, &code(fixture, person).await).await.unwrap()
}

/// A well-formed code that is not this one.
fn other(code: &str) -> String {
    let swapped = if code.starts_with('0') { '1' } else { '0' };
    code.chars().enumerate().map(|(at, c)| if at == 0 { swapped } else { c }).collect()
}

async fn speaks(identity: &Identity, person: &Person) -> Option<Principal> {
    identity.resolve_link(person).await.unwrap()
}

#[tokio::test]
async fn a_typed_code_links_who_asked_to_who_was_shown_it() {
    for fixture in Fixture::each().await {
        let identity = &fixture.identity;
        for person in [ann(), Person::discord("80351110224678912").unwrap()] {
            assert_eq!(speaks(identity, &person).await, None);
            let asked = request(identity, &person).await;
            assert!(asked.id.len() >= 22 && asked.id.bytes().all(|byte| byte.is_ascii_alphanumeric()));
            assert_eq!(asked.expires_ms, super::START_MS + REQUEST_LIFETIME_MS);
            assert_eq!(identity.link_request(&asked.id).await.unwrap(), asked);
            let code = show(&fixture, &asked.id).await.unwrap();
            let typed = format!("{}-{}", &code[..4], code[4..].to_lowercase());
            let made = redeem(&fixture, &person, &typed).await.unwrap();
            assert_eq!(
                (made.account.as_str(), &made.link.person, &made.link.names),
                ("ann", &person, &names("Ann"))
            );

            let principal = speaks(identity, &person).await.unwrap();
            let credential = &principal.credential;
            assert_eq!((credential.kind, &credential.id), (CredentialKind::Link, &made.link.id));
            assert_eq!(credential.name, format!("{} user Ann", person.platform()));
            assert_eq!(principal.account_id, fixture.owner());
        }
        assert_eq!(identity.links(fixture.owner()).await.unwrap().len(), 2);
        assert_eq!(identity.links("someone else").await.unwrap(), []);
        // The owner and their team, two codes shown, two links made.
        assert_eq!(fixture.audit_rows().await, 6);
    }
}

#[tokio::test]
async fn s01_unknown_used_and_expired_requests_answer_alike() {
    for fixture in Fixture::each().await {
        let identity = &fixture.identity;
        let expired = request(identity, &ann()).await.id;
        fixture.advance(REQUEST_LIFETIME_MS - 1);
        identity.link_request(&expired).await.unwrap();
        fixture.advance(1);
        let used = request(identity, &Person::discord("1").unwrap()).await.id;
        show(&fixture, &used).await.unwrap();
        let replaced = request(identity, &Person::discord("2").unwrap()).await.id;
        request(identity, &Person::discord("2").unwrap()).await;
        let unknown = crate::secret::request_id().unwrap();
        let mut answers = Vec::new();
        for id in [expired.as_str(), &used, &replaced, &unknown, "", "x", "a'b"] {
            answers.push(identity.link_request(id).await.unwrap_err());
            answers.push(show(&fixture, id).await.unwrap_err());
        }
        assert_eq!(answers.first().unwrap().code, Code::NotFound);
        assert!(answers.first().unwrap().message.contains("`/micro link` again"));
        answers.dedup();
        assert_eq!(answers.len(), 1);
    }
}

#[tokio::test]
async fn s01_of_many_who_open_a_page_one_is_shown_its_code() {
    for fixture in Fixture::each().await {
        let id = request(&fixture.identity, &ann()).await.id;
        let shown = join_all((0..20).map(|_| show(&fixture, &id))).await;
        assert_eq!(shown.iter().filter(|code| code.is_ok()).count(), 1);
    }
}

#[tokio::test]
async fn s01_of_many_who_type_one_code_one_is_linked() {
    for fixture in Fixture::each().await {
        let (person, rows) = (ann(), fixture.audit_rows().await);
        let code = code(&fixture, &person).await;
        let outcomes = join_all((0..20).map(|_| redeem(&fixture, &person, &code))).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for refused in outcomes.into_iter().filter_map(Result::err) {
            assert_eq!(refused.code, Code::InvalidArgument, "{refused}");
        }
        assert_eq!(fixture.identity.links(fixture.owner()).await.unwrap().len(), 1);
        assert_eq!(fixture.audit_rows().await, rows + 2);
    }
}

#[tokio::test]
async fn s01_a_request_is_dead_after_too_many_wrong_codes() {
    for fixture in Fixture::each().await {
        let code = code(&fixture, &ann()).await;
        let rows = fixture.audit_rows().await;
        // What cannot be a code is no guess.
        for typo in ["", "ABC", &format!("{code}0"), "UUUUUUUU"] {
            let refused = redeem(&fixture, &ann(), typo).await.unwrap_err();
            assert!(
                refused.code == Code::InvalidArgument && refused.message.contains("8 letters"),
                "{refused}"
            );
        }
        assert_eq!(fixture.audit_rows().await, rows);
        for left in (0..ATTEMPTS_MAX).rev() {
            let refused = redeem(&fixture, &ann(), &other(&code)).await.unwrap_err();
            let told = match left {
                0 => "no tries are left".to_owned(),
                1 => "1 try is left".to_owned(),
                _ => format!("{left} tries are left"),
            };
            assert!(refused.message.contains(&told) && refused.message.contains("/micro link"), "{refused}");
        }
        assert_eq!(fixture.audit_rows().await, rows + u64::try_from(ATTEMPTS_MAX).unwrap());
        let refused = redeem(&fixture, &ann(), &code).await.unwrap_err();
        assert!(refused.message.contains("no code of yours"), "{refused}");
        assert_eq!(speaks(&fixture.identity, &ann()).await, None);
        // A new request starts anew.
        link(&fixture, &ann()).await;
    }
}

#[tokio::test]
async fn s01_wrong_codes_at_the_same_time_are_all_counted() {
    for fixture in Fixture::each().await {
        let person = ann();
        let code = code(&fixture, &person).await;
        let wrong = other(&code);
        let guesses = join_all((0..20).map(|_| redeem(&fixture, &person, &wrong))).await;
        let counted = guesses
            .into_iter()
            .filter(|guess| guess.as_ref().is_err_and(|refused| refused.message.contains("not the code")));
        assert_eq!(counted.count(), usize::try_from(ATTEMPTS_MAX).unwrap());
        redeem(&fixture, &ann(), &code).await.unwrap_err();
    }
}

#[tokio::test]
async fn s01_a_code_is_good_for_who_asked_and_for_its_time() {
    for fixture in Fixture::each().await {
        let code = code(&fixture, &ann()).await;
        for stranger in ["slack/T2/U1", "slack/T1/U2", "discord/U1"] {
            let refused = redeem(&fixture, &stranger.parse().unwrap(), &code).await.unwrap_err();
            assert!(refused.message.contains("no code of yours"), "{refused}");
        }
        // Another's guesses cost this person nothing.
        fixture.advance(REQUEST_LIFETIME_MS - 1);
        let expired = self::code(&fixture, &Person::discord("1").unwrap()).await;
        redeem(&fixture, &ann(), &code).await.unwrap();
        fixture.advance(REQUEST_LIFETIME_MS);
        let refused = redeem(&fixture, &Person::discord("1").unwrap(), &expired).await.unwrap_err();
        assert!(refused.message.contains("for 10 minutes"), "{refused}");
        // A request whose code nobody was shown has none.
        request(&fixture.identity, &Person::discord("1").unwrap()).await;
        redeem(&fixture, &Person::discord("1").unwrap(), &expired).await.unwrap_err();
    }
}

#[tokio::test]
async fn s07_a_new_link_ends_the_one_before() {
    for fixture in Fixture::each().await {
        let mut revocations = fixture.identity.revocations().subscribe();
        let first = link(&fixture, &ann()).await.link;
        // Until the code is spent, the old one speaks.
        let code = code(&fixture, &ann()).await;
        assert_eq!(speaks(&fixture.identity, &ann()).await.unwrap().credential.id, first.id);
        let second = redeem(&fixture, &ann(), &code).await.unwrap().link;
        assert_ne!(first.id, second.id);
        assert_eq!(revocations.recv().await.unwrap(), first.id);
        assert_eq!(speaks(&fixture.identity, &ann()).await.unwrap().credential.id, second.id);
        assert_eq!(fixture.identity.links(fixture.owner()).await.unwrap(), [second]);
    }
}

#[tokio::test]
async fn s07_a_removed_link_speaks_for_nobody_at_once_on_every_server() {
    for fixture in Fixture::each().await {
        let (identity, other) = (&fixture.identity, fixture.another().await);
        let made = link(&fixture, &ann()).await.link;
        assert!(speaks(&other, &ann()).await.is_some() && speaks(identity, &ann()).await.is_some());
        let foreign = identity.remove_link(Actor::server(), "someone else", &made.id).await.unwrap_err();
        let unknown = identity.remove_link(Actor::server(), fixture.owner(), "x").await.unwrap_err();
        assert_eq!((foreign.code, &foreign), (Code::NotFound, &unknown));
        let (mut revocations, rows) = (identity.revocations().subscribe(), fixture.audit_rows().await);
        let removals = (0..5).map(|_| identity.remove_link(Actor::server(), fixture.owner(), &made.id));
        assert_eq!(join_all(removals).await.into_iter().filter(Result::is_ok).count(), 1);
        assert_eq!(revocations.recv().await.unwrap(), made.id);
        assert_eq!(fixture.audit_rows().await, rows + 1);
        assert_eq!((speaks(&other, &ann()).await, speaks(identity, &ann()).await), (None, None));
    }
}

#[tokio::test]
async fn s09_names_are_kept_as_they_may_be_shown() {
    for fixture in Fixture::each().await {
        let names = Names { workspace: "\u{1b}[31mA\nB\u{202e}".to_owned(), user: "é".repeat(1_000) };
        let asked = fixture.identity.create_link_request(ann(), &names).await.unwrap();
        assert_eq!(asked.names, names.cleaned());
        assert_eq!(asked.names.user.chars().count(), NAME_MAX_CHARACTERS);
        assert_eq!(fixture.identity.link_request(&asked.id).await.unwrap(), asked);
        let code = show(&fixture, &asked.id).await.unwrap();
        let made = redeem(&fixture, &ann(), &code).await.unwrap();
        assert_eq!(made.link.names.workspace, "[31mAB");
        assert!(speaks(&fixture.identity, &ann()).await.unwrap().credential.name.ends_with('é'));
    }
}

#[tokio::test]
async fn an_account_has_a_bounded_number_of_links() {
    let fixture = Fixture::sqlite().await;
    let person = |number: u64| Person::discord(&number.to_string()).unwrap();
    let late = code(&fixture, &ann()).await;
    for number in 0..LINKS_MAX {
        link(&fixture, &person(number)).await;
    }
    let refused = redeem(&fixture, &ann(), &late).await.unwrap_err();
    assert_eq!(refused.code, Code::ResourceExhausted);
    let bob = request(&fixture.identity, &person(LINKS_MAX)).await.id;
    assert_eq!(show(&fixture, &bob).await.unwrap_err().code, Code::ResourceExhausted);
    // One that takes another's place needs none, and a code that was refused for want of room is good once there is some.
    let again = link(&fixture, &person(0)).await.link;
    fixture.identity.remove_link(Actor::server(), fixture.owner(), &again.id).await.unwrap();
    redeem(&fixture, &ann(), &late).await.unwrap();
}

#[tokio::test]
async fn a_bounded_number_of_requests_is_open() {
    use sea_orm::ConnectionTrait as _;
    let fixture = Fixture::sqlite().await;
    let own = request(&fixture.identity, &ann()).await;
    let (expires, more) = (own.expires_ms, REQUESTS_MAX - 1);
    let filled = fixture.test.database.write(move |txn| {
        Box::pin(async move {
            let sql = format!(
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {more}) \
                 INSERT INTO chat_link_requests (hash, platform, workspace, chat_user, workspace_name, user_name, \
                 created_ms, expires_ms) SELECT CAST(i AS BLOB), 'discord', '', i, '', '', 0, {expires} FROM n"
            );
            txn.execute_unprepared(&sql).await?;
            Ok::<_, micro_database::Error>(())
        })
    });
    filled.await.unwrap();
    // Who has one may ask again.
    let own = request(&fixture.identity, &ann()).await;
    let bob = Person::slack("T1", "U2").unwrap();
    let refused = fixture.identity.create_link_request(bob.clone(), &names("Bob")).await.unwrap_err();
    assert_eq!(refused.code, Code::ResourceExhausted);
    fixture.advance(REQUEST_LIFETIME_MS);
    request(&fixture.identity, &bob).await;
    crate::upkeep::once(&fixture.identity.inner).await.unwrap();
    let rows = fixture.test.database.read();
    let left = "SELECT COUNT(*) FROM chat_link_requests".to_owned();
    let left = rows.query_one_raw(sea_orm::Statement::from_string(rows.get_database_backend(), left)).await;
    assert_eq!(left.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap(), 1, "only what is open: {own:?}");
}

#[tokio::test]
async fn s15_neither_codes_nor_ids_of_requests_are_in_the_database() {
    use sea_orm::{ConnectionTrait as _, Statement};
    let fixture = Fixture::sqlite().await;
    let id = request(&fixture.identity, &ann()).await.id;
    let code = show(&fixture, &id).await.unwrap();
    let read = fixture.test.database.read();
    for (table, column) in [
        ("chat_link_requests", "hash"),
        ("chat_link_requests", "code_hash"),
        ("audit", "target"),
        ("audit", "detail"),
    ] {
        for secret in [&id, &code] {
            let sql = format!("SELECT COUNT(*) FROM {table} WHERE instr({column}, '{secret}') > 0");
            let count = read.query_one_raw(Statement::from_string(read.get_database_backend(), sql)).await;
            assert_eq!(count.unwrap().unwrap().try_get_by_index::<i64>(0).unwrap(), 0, "{table}.{column}");
        }
    }
}
