use super::{Fixture, link::ann};
use micro_domain::chat::{CHAT_USER_HEADER, UNLINKED};
use micro_proto::v1::{
    self, chat_service_client::ChatServiceClient, identity_service_client::IdentityServiceClient,
};
use prost_types::Duration;
use tonic::{Code, Request, service::Routes};
use tower::Layer as _;

/// A request that carries a header's value.
fn with<T>(authorization: &str, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", authorization.parse().unwrap());
    request
}

#[tokio::test]
async fn the_whole_life_of_a_token_over_grpc() {
    for fixture in Fixture::each().await {
        let gate = fixture.identity.layer().layer(Routes::new(fixture.identity.service()));
        let mut client = IdentityServiceClient::new(gate);
        let stranger = client.who_am_i(v1::WhoAmIRequest {}).await.unwrap_err();
        assert_eq!(stranger.code(), Code::Unauthenticated);
        assert!(stranger.message().contains("micro login"), "{stranger}");

        let own = fixture.bearer("own").await;
        let who = client.who_am_i(with(&own, v1::WhoAmIRequest {})).await.unwrap().into_inner();
        assert_eq!(
            (who.account.as_str(), who.credential.as_str(), who.credential_kind.as_str()),
            ("ann", "own", "token")
        );

        let day = Some(Duration { seconds: 86_400, nanos: 0 });
        let wish = v1::CreateTokenRequest { name: "ci".to_owned(), lifetime: day, bot: false };
        let made = client.create_token(with(&own, wish)).await.unwrap().into_inner();
        let token = made.token.unwrap();
        assert_eq!(token.expires.unwrap().seconds - token.created.unwrap().seconds, 86_400);
        assert!(made.secret.starts_with(&token.prefix));
        let ci = format!("Bearer {}", made.secret);
        client.who_am_i(with(&ci, v1::WhoAmIRequest {})).await.unwrap();

        let listed =
            client.list_tokens(with(&own, v1::ListTokensRequest {})).await.unwrap().into_inner().tokens;
        assert_eq!(listed.len(), 2);
        assert!(listed.iter().all(|token| token.last_used.is_some()));

        // A token can end itself.
        let request = v1::RevokeTokenRequest { token: "ci".to_owned() };
        client.revoke_token(with(&ci, request)).await.unwrap();
        let ended = client.who_am_i(with(&ci, v1::WhoAmIRequest {})).await.unwrap_err();
        assert_eq!(ended.code(), Code::Unauthenticated);

        let wish = v1::CreateTokenRequest {
            name: "ci".to_owned(),
            lifetime: Some(Duration { seconds: -1, nanos: 0 }),
            bot: false,
        };
        let refused = client.create_token(with(&own, wish)).await.unwrap_err();
        assert_eq!(micro_proto::error::from_status(&refused).violations.first().unwrap().field, "lifetime");
    }
}

#[tokio::test]
async fn a_sign_in_link_is_made_with_a_credential_and_spent_without() {
    for fixture in Fixture::each().await {
        let gate = fixture.identity.layer().layer(Routes::new(fixture.identity.service()));
        let mut client = IdentityServiceClient::new(gate);
        let own = fixture.bearer("own").await;
        let link = client
            .create_sign_in_link(with(&own, v1::CreateSignInLinkRequest {}))
            .await
            .unwrap()
            .into_inner();
        let spend = || v1::RedeemSignInLinkRequest { code: link.code.clone() };
        let account = client.redeem_sign_in_link(spend()).await.unwrap().into_inner();
        assert_eq!(account.account, "ann");
        assert_eq!(client.redeem_sign_in_link(spend()).await.unwrap_err().code(), Code::Unauthenticated);
    }
}

#[tokio::test]
async fn a_chat_user_is_linked_and_unlinks_over_grpc() {
    for fixture in Fixture::each().await {
        let routes = Routes::new(fixture.identity.service()).add_service(fixture.identity.chat_service());
        let gate = fixture.identity.layer().layer(routes);
        let (mut chat, mut identity) =
            (ChatServiceClient::new(gate.clone()), IdentityServiceClient::new(gate));
        let own = fixture.bearer("own").await;
        let wish = v1::CreateTokenRequest { name: "slack".to_owned(), lifetime: None, bot: true };
        let made = identity.create_token(with(&own, wish)).await.unwrap().into_inner();
        assert!(made.secret.starts_with("mu_bot_") && made.token.unwrap().bot);
        let listed = identity.list_tokens(with(&own, v1::ListTokensRequest {})).await.unwrap().into_inner();
        assert!(listed.tokens.iter().all(|token| token.bot == (token.name == "slack")));
        let bot = format!("Bearer {}", made.secret);
        let person = ann().to_string();

        let wish = v1::CreateLinkRequestRequest {
            person: person.clone(),
            workspace_name: "Acme".to_owned(),
            user_name: "Ann".to_owned(),
        };
        let bad = v1::CreateLinkRequestRequest { person: "Ann".to_owned(), ..wish.clone() };
        let refused = chat.create_link_request(with(&bot, bad)).await.unwrap_err();
        assert_eq!(micro_proto::error::from_status(&refused).violations.first().unwrap().field, "person");
        let asked = chat.create_link_request(with(&bot, wish)).await.unwrap().into_inner().request.unwrap();
        let id = || asked.id.clone();
        let page = chat.get_link_request(with(&own, v1::GetLinkRequestRequest { id: id() })).await.unwrap();
        assert_eq!(page.into_inner().request.unwrap(), asked);
        let code = chat.show_link_code(with(&own, v1::ShowLinkCodeRequest { id: id() })).await.unwrap();
        let typed = v1::RedeemLinkCodeRequest { person: person.clone(), code: code.into_inner().code };
        let made = chat.redeem_link_code(with(&bot, typed)).await.unwrap().into_inner();
        assert_eq!((made.account.as_str(), &made.link.as_ref().unwrap().person), ("ann", &person));

        let for_ann = || {
            let mut request = with(&bot, ());
            request.metadata_mut().insert(CHAT_USER_HEADER, person.parse().unwrap());
            request
        };
        let who = identity.who_am_i(for_ann().map(|()| v1::WhoAmIRequest {})).await.unwrap().into_inner();
        assert_eq!((who.credential_kind.as_str(), who.credential.as_str()), ("link", "Slack user Ann"));
        let links = chat.list_links(with(&own, v1::ListLinksRequest {})).await.unwrap().into_inner().links;
        assert_eq!(links, [made.link.unwrap()]);
        let none = chat.unlink(with(&own, v1::UnlinkRequest {})).await.unwrap_err();
        assert_eq!(none.code(), Code::FailedPrecondition);
        let ended = chat.unlink(for_ann().map(|()| v1::UnlinkRequest {})).await.unwrap().into_inner();
        assert_eq!(ended.link, links.into_iter().next());
        let unlinked = identity.who_am_i(for_ann().map(|()| v1::WhoAmIRequest {})).await.unwrap_err();
        assert_eq!((unlinked.code(), unlinked.message()), (Code::Unauthenticated, UNLINKED));
    }
}
