use super::Fixture;
use crate::Identity;
use futures::future::join_all;
use micro_domain::{
    Code, Error,
    access::{Right, Role},
    identity::{CredentialKind, CredentialRef, Permission, Principal, Secret},
    team::{InviteState, InviteWish, NewInvite},
};

const PASSWORD: &str = "correct walrus piano staple";
const HOUR_MS: i64 = 3_600_000;

fn wish(team: &str, role: Role, emails: &[&str]) -> InviteWish {
    let emails = emails.iter().map(|email| (*email).to_owned()).collect();
    InviteWish { team: team.to_owned(), role, emails, lifetime_ms: None }
}

impl Fixture {
    /// Somebody signed in, by the account's id.
    fn signed_in(&self, account_id: &str) -> Principal {
        let credential = CredentialRef {
            kind: CredentialKind::Session,
            id: format!("session of {account_id}"),
            name: "browser session".to_owned(),
        };
        let access = self.identity.inner.access.clone();
        Principal { account_id: account_id.to_owned(), account: account_id.to_owned(), credential, access }
    }

    fn ann(&self) -> Principal {
        self.signed_in(self.owner())
    }

    async fn invite(&self, by: &Principal, role: Role, email: &str) -> NewInvite {
        let made = self.identity.create_invites(by, wish("default", role, &[email])).await.unwrap();
        made.into_iter().next().unwrap().unwrap()
    }

    /// A new member of the default team.
    async fn member(&self, name: &str, role: Role) -> Principal {
        let invite = self.invite(&self.ann(), role, "").await;
        let joined = accept(&self.identity, &invite, name).await.unwrap();
        // Invitations of one submission an hour are few; tests make many.
        self.advance(HOUR_MS / 5);
        self.signed_in(&joined.account_id)
    }
}

async fn accept(
    identity: &Identity,
    invite: &NewInvite,
    name: &str,
) -> Result<micro_domain::team::Joined, Error> {
    identity.accept_invite(None, invite.code.reveal(), name, &Secret::new(PASSWORD)).await
}

#[tokio::test]
async fn who_was_invited_joins_signs_in_and_may_do_what_the_role_says() {
    for fixture in Fixture::each().await {
        let identity = &fixture.identity;
        let invite = fixture.invite(&fixture.ann(), Role::Viewer, "Bob@Example.com").await;
        let shown = identity.invite(invite.code.reveal()).await.unwrap();
        assert_eq!(
            (shown.team.as_str(), shown.inviter.as_str(), shown.role),
            ("default", "ann", Role::Viewer)
        );
        assert_eq!(shown.email, "b…@example.com");
        let joined = accept(identity, &invite, " bob ").await.unwrap();
        assert_eq!((joined.account.as_str(), joined.team.as_str()), ("bob", "default"));
        for name in ["bob", "bob@example.com", " BOB@example.com "] {
            let account = identity.sign_in(name, &Secret::new(PASSWORD)).await.unwrap();
            assert_eq!(account.id, joined.account_id);
        }
        let bob = fixture.signed_in(&joined.account_id);
        assert!(bob.may(Permission::ServicesRead, Some("greeter")));
        assert!(!bob.may(Permission::ServicesCall, Some("greeter")));
        assert!(!bob.manages_platform());
        let members = identity.members(&bob, "default").await.unwrap();
        let told = members.iter().map(|member| (member.account.as_str(), member.role));
        assert_eq!(told.collect::<Vec<_>>(), [("ann", Role::Owner), ("bob", Role::Viewer)]);
        assert_eq!(identity.teams(&bob).await.unwrap()[0].members, 2);
        // Two accounts, a team, an invite and its end, three times signed in.
        assert_eq!(fixture.audit_rows().await, 8);
    }
}

#[tokio::test]
async fn s01_of_a_hundred_who_accept_at_once_one_joins() {
    for fixture in Fixture::each().await {
        let invite = fixture.invite(&fixture.ann(), Role::Member, "").await;
        let people = join_all((0..5).map(|number| {
            let fixture = &fixture;
            async move { fixture.member(&format!("p{number}"), Role::Viewer).await }
        }));
        let people = people.await;
        let (identity, code) = (&fixture.identity, invite.code.reveal());
        let nothing = Secret::new("");
        let redeems = (0..100).map(|at| identity.accept_invite(people.get(at % 5), code, "", &nothing));
        let won = join_all(redeems).await;
        // The five are in the team already: none of them spends it.
        assert!(won.iter().all(Result::is_err));
        let other = identity.create_team(&fixture.ann(), "billing").await.unwrap();
        let invite =
            identity.create_invites(&fixture.ann(), wish(&other.id, Role::Member, &[""])).await.unwrap();
        let code = invite[0].as_ref().unwrap().code.clone();
        let redeems =
            (0..100).map(|at| identity.accept_invite(people.get(at % 5), code.reveal(), "", &nothing));
        let won = join_all(redeems).await;
        assert_eq!(won.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        let lost = won.into_iter().filter_map(Result::err).map(|error| error.code);
        assert!(lost.into_iter().all(|code| code == Code::FailedPrecondition));
        assert_eq!(identity.members(&fixture.ann(), "billing").await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn s01_late_revoked_and_used_invites_tell_their_state_and_nothing_else() {
    for fixture in Fixture::each().await {
        let (identity, ann) = (&fixture.identity, fixture.ann());
        let used = fixture.invite(&ann, Role::Member, "").await;
        accept(identity, &used, "bob").await.unwrap();
        let revoked = fixture.invite(&ann, Role::Member, "").await;
        identity.revoke_invite(&ann, &revoked.invite.id).await.unwrap();
        let late = fixture.invite(&ann, Role::Member, "").await;
        fixture.advance(72 * HOUR_MS - 1);
        assert_eq!(identity.invite(late.code.reveal()).await.unwrap().state, InviteState::Pending);
        fixture.advance(1);
        for (invite, state) in
            [(&used, InviteState::Accepted), (&revoked, InviteState::Revoked), (&late, InviteState::Expired)]
        {
            let shown = identity.invite(invite.code.reveal()).await.unwrap();
            assert_eq!(shown.state, state);
            assert_eq!((shown.team.as_str(), shown.inviter.as_str(), shown.email.as_str()), ("", "", ""));
            let refused = accept(identity, invite, "eve").await.unwrap_err();
            assert_eq!(refused.code, Code::FailedPrecondition);
            assert!(refused.message.contains(state.word()), "{refused}");
        }
        let again = identity.resend_invite(&ann, &late.invite.id).await.unwrap();
        assert_eq!(identity.invite(late.code.reveal()).await.unwrap_err().code, Code::NotFound);
        accept(identity, &again, "eve").await.unwrap();
        let refused = identity.resend_invite(&ann, &used.invite.id).await.unwrap_err();
        assert_eq!(refused.code, Code::FailedPrecondition);
    }
}

#[tokio::test]
async fn s01_guessed_codes_are_answered_alike_and_then_wait() {
    let fixture = Fixture::sqlite().await;
    let good = fixture.invite(&fixture.ann(), Role::Member, "").await;
    let never = crate::secret::generate(crate::secret::Kind::Invite).unwrap();
    let token = fixture.bearer("laptop").await;
    let mut answers = Vec::new();
    for code in ["", "x", never.reveal(), token.trim_start_matches("Bearer ")] {
        answers.push(fixture.identity.invite(code).await.unwrap_err());
    }
    answers.dedup();
    assert_eq!(answers.len(), 1);
    for _ in 0..crate::sign_in::FAILURES_MAX {
        let _ = fixture.identity.invite("x").await;
    }
    assert_eq!(fixture.identity.invite("x").await.unwrap_err().code, Code::ResourceExhausted);
    fixture.identity.invite(good.code.reveal()).await.unwrap();
}

#[tokio::test]
async fn s01_an_invite_for_an_address_is_for_nobody_else() {
    for fixture in Fixture::each().await {
        let (identity, bob) = (&fixture.identity, fixture.member("bob", Role::Viewer).await);
        identity.create_team(&fixture.ann(), "billing").await.unwrap();
        let made = identity
            .create_invites(&fixture.ann(), wish("billing", Role::Member, &["eve@example.com"]))
            .await
            .unwrap();
        let code = made[0].as_ref().unwrap().code.clone();
        let wrong =
            identity.accept_invite(Some(&bob), code.reveal(), "", &Secret::new("")).await.unwrap_err();
        assert_eq!(wrong.code, Code::PermissionDenied);
        assert!(wrong.message.contains("e…@example.com") && !wrong.message.contains("eve@"), "{wrong}");
        let joined =
            identity.accept_invite(None, code.reveal(), "eve", &Secret::new(PASSWORD)).await.unwrap();
        assert_eq!(joined.team, "billing");
        // In billing and nowhere else: she sees no service of the default team, and not that team.
        let eve = fixture.signed_in(&joined.account_id);
        assert!(!eve.may(Permission::ServicesRead, Some("greeter")));
        let foreign = identity.members(&eve, "default").await.unwrap_err();
        let missing = identity.members(&eve, "nothing").await.unwrap_err();
        assert_eq!(foreign.message.replace("default", "nothing"), missing.message);
    }
}

#[tokio::test]
async fn s03_nobody_gives_or_takes_a_role_above_their_own() {
    for fixture in Fixture::each().await {
        let identity = &fixture.identity;
        let mut people = Vec::new();
        for role in Role::ALL {
            people.push((role, fixture.member(role.word(), role).await));
        }
        for (own, by) in &people {
            for role in Role::ALL {
                let invited = identity.create_invites(by, wish("default", role, &[""])).await;
                assert_eq!(invited.is_ok(), own.manages(role), "{own} invites an {role}");
                let set = identity.set_member_role(by, "default", role.word(), role).await;
                assert_eq!(set.is_ok(), own.manages(role), "{own} sets an {role}");
            }
            fixture.advance(HOUR_MS);
            let listed = identity.invites(by, Some("default")).await;
            assert_eq!(listed.is_ok(), *own >= Role::Admin);
            let made = identity.create_team(by, "other").await.unwrap_err();
            assert_eq!(made.code, Code::PermissionDenied);
        }
        let admin = &people[2].1;
        let raised = identity.set_member_role(admin, "default", "admin", Role::Owner).await.unwrap_err();
        assert_eq!(raised.code, Code::PermissionDenied);
        // Everybody may leave.
        let viewer = &people[0].1;
        identity.remove_member(viewer, "default", "viewer").await.unwrap();
        assert!(!viewer.may(Permission::ServicesRead, Some("greeter")));
    }
}

#[tokio::test]
async fn the_last_owner_stays() {
    for fixture in Fixture::each().await {
        let (identity, ann) = (&fixture.identity, fixture.ann());
        for outcome in [
            identity.remove_member(&ann, "default", "ann").await,
            identity.set_member_role(&ann, "default", fixture.owner(), Role::Admin).await,
        ] {
            assert_eq!(outcome.unwrap_err().code, Code::FailedPrecondition);
        }
        fixture.member("bob", Role::Owner).await;
        let leaves =
            [identity.remove_member(&ann, "default", "ann"), identity.remove_member(&ann, "default", "bob")];
        let left = join_all(leaves).await;
        assert_eq!(left.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    }
}

#[tokio::test]
async fn s07_a_role_that_was_taken_gives_nothing_any_more_and_ends_what_is_open() {
    for fixture in Fixture::each().await {
        let (identity, bob) = (&fixture.identity, fixture.member("bob", Role::Member).await);
        let token = identity.create_token((&bob).into(), &bob.account_id, "laptop", None).await.unwrap();
        let bearer = format!("Bearer {}", token.secret.reveal());
        let by_token = identity.resolve_bearer(&bearer).await.unwrap();
        assert!(by_token.may(Permission::ServicesCall, Some("greeter")));
        let mut revocations = identity.revocations().subscribe();
        identity.set_member_role(&fixture.ann(), "default", "bob", Role::Viewer).await.unwrap();
        assert_eq!(revocations.recv().await.unwrap(), token.token.id);
        assert!(!by_token.may(Permission::ServicesCall, Some("greeter")));
        assert!(by_token.may(Permission::ServicesRead, Some("greeter")));
        identity.remove_member(&fixture.ann(), "default", &bob.account_id).await.unwrap();
        assert!(!by_token.may(Permission::ServicesRead, Some("greeter")));
        assert!(by_token.may(Permission::Account, None));
        let policy = bob.access.policy();
        assert!(!policy.decide(&bob.account_id, Right::View, "greeter").allows());
    }
}

#[tokio::test]
async fn s04_unknown_accounts_and_wrong_passwords_read_alike() {
    let fixture = Fixture::sqlite().await;
    fixture.member("bob", Role::Viewer).await;
    let wrong = Secret::new("another walrus piano staple");
    let mut answers = Vec::new();
    for name in ["bob", "nobody", "", "ann"] {
        answers.push(fixture.identity.sign_in(name, &wrong).await.unwrap_err());
    }
    answers.dedup();
    assert_eq!((answers.len(), answers[0].code), (1, Code::Unauthenticated));
    for _ in 0..4 {
        let _ = fixture.identity.sign_in("bob", &wrong).await;
    }
    let waits = fixture.identity.sign_in("bob", &Secret::new(PASSWORD)).await.unwrap_err();
    assert_eq!(waits.code, Code::ResourceExhausted);
}

#[tokio::test]
async fn rows_are_refused_one_by_one_and_submissions_are_few() {
    for fixture in Fixture::each().await {
        let (identity, ann) = (&fixture.identity, fixture.ann());
        let rows = ["bob@example.com", "no address", "BOB@example.com", "", ""];
        let made = identity.create_invites(&ann, wish("default", Role::Member, &rows)).await.unwrap();
        assert_eq!(made.iter().map(Result::is_ok).collect::<Vec<_>>(), [true, false, false, true, true]);
        let bad = InviteWish { lifetime_ms: Some(1), ..wish("default", Role::Member, &[""]) };
        assert_eq!(identity.create_invites(&ann, bad).await.unwrap_err().code, Code::InvalidArgument);
        let many = vec![""; 51];
        let many = identity.create_invites(&ann, wish("default", Role::Member, &many)).await.unwrap_err();
        assert_eq!(many.code, Code::InvalidArgument);
        for _ in 1..crate::SUBMISSIONS_PER_HOUR {
            identity.create_invites(&ann, wish("default", Role::Member, &[""])).await.unwrap();
        }
        let refused = identity.create_invites(&ann, wish("default", Role::Member, &[""])).await.unwrap_err();
        assert_eq!(refused.code, Code::ResourceExhausted);
        fixture.advance(HOUR_MS);
        identity.create_invites(&ann, wish("default", Role::Member, &[""])).await.unwrap();
    }
}

#[tokio::test]
async fn what_a_new_account_lacks_is_named_and_spends_nothing() {
    for fixture in Fixture::each().await {
        let identity = &fixture.identity;
        let invite = fixture.invite(&fixture.ann(), Role::Member, "").await;
        let try_with = async |name: &str, password: &str| {
            let outcome =
                identity.accept_invite(None, invite.code.reveal(), name, &Secret::new(password)).await;
            outcome.unwrap_err().violations.first().map(|wrong| wrong.field.clone())
        };
        assert_eq!(try_with("", PASSWORD).await.as_deref(), Some("name"));
        assert_eq!(try_with("a@b", PASSWORD).await.as_deref(), Some("name"));
        assert_eq!(try_with("ann", PASSWORD).await.as_deref(), Some("name"));
        assert_eq!(try_with("bob", "short").await.as_deref(), Some("password"));
        accept(identity, &invite, "bob").await.unwrap();
    }
}
