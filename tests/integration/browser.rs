//! What a browser is allowed: sign-in, cookies, cross-site requests, hosts. Pages themselves are tested in a real one.

use crate::world::{self, read_until, world};
use futures::StreamExt as _;
use micro_support::{Answer, Http, Micro};
use serde_json::json;
use std::time::Duration;

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const SAME_ORIGIN: (&str, &str) = ("sec-fetch-site", "same-origin");

/// A fresh sign-in code.
fn code(micro: &Micro) -> String {
    let link = micro.cli(&["login", "--browser"]).ok().stdout;
    link.trim().split_once("code=").unwrap().1.to_owned()
}

async fn post_code(http: &Http, code: &str, headers: &[(&str, &str)]) -> Answer {
    http.post("/login", &[&[FORM], headers].concat(), format!("code={code}&next=%2Fservices")).await
}

/// The cookie of a browser that signed in.
async fn signed_in(micro: &Micro) -> Http {
    let answer = post_code(&micro.stranger(), &code(micro), &[SAME_ORIGIN]).await.expect(303);
    let cookie = answer.header("set-cookie").split(';').next().unwrap().to_owned();
    micro.stranger().with("cookie", &cookie)
}

#[tokio::test]
async fn s05_a_link_is_spent_by_its_button_alone() {
    let world = world();
    let micro = &world.micro;
    let (http, code) = (micro.stranger(), code(micro));
    for _ in 0..3 {
        let page = http.get(&format!("/login?code={code}")).await.expect(200);
        let text = page.text();
        assert_eq!(text.matches("<button").count(), 1, "one button: {text}");
        assert!(text.contains("Sign in"), "{text}");
        assert_eq!(page.header("set-cookie"), "", "{page:?}");
        assert_eq!(page.header("cache-control"), "no-store");
    }
    http.send(http.request(http::Method::HEAD, &format!("/login?code={code}"), &[], "")).await;
    let answer = post_code(&http, &code, &[SAME_ORIGIN]).await.expect(303);
    assert_eq!(answer.header("location"), "/services");
    let cookie = answer.header("set-cookie");
    for part in ["micro=", "HttpOnly", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Secure") && !cookie.contains("Domain"), "{cookie}");
    let browser = http.with("cookie", cookie.split(';').next().unwrap());
    assert!(browser.get("/services").await.expect(200).text().contains("helloworld"));
    for code in [code.as_str(), "mu_boot_wrong", ""] {
        let again = post_code(&http, code, &[SAME_ORIGIN]).await.expect(303);
        assert_eq!(again.header("location"), "/login?error=code&next=%2Fservices", "{again:?}");
        assert_eq!(again.header("set-cookie"), "", "{again:?}");
    }
}

#[tokio::test]
async fn pages_drawn_at_once_are_whole_and_survive_readers_who_leave() {
    let micro = world::start();
    let http = signed_in(&micro).await;
    let paths = [
        "/",
        "/services",
        "/services/id",
        "/services/id/Generate",
        "/tokens",
        "/settings",
        "/chat",
        "/teams",
        "/teams/default",
        "/link/none",
        "/invite/none",
        "/services/none",
        "/none",
    ];
    let draw = |at: usize| {
        let (http, path) = (http.clone(), paths[at % paths.len()]);
        async move {
            // Every third reader leaves after some milliseconds, at another point each.
            let patience = Duration::from_millis(if at.is_multiple_of(3) { at as u64 % 40 } else { 60_000 });
            match tokio::time::timeout(patience, http.get(path)).await {
                Ok(page) => assert!(
                    page.text().ends_with("__INCOMPLETE_CHUNKS=[];</script>"),
                    "{path}: {}",
                    page.status
                ),
                Err(_) => assert!(at.is_multiple_of(3), "{path} did not come"),
            }
        }
    };
    futures::stream::iter(0..210).map(draw).buffer_unordered(8).collect::<Vec<()>>().await;
    let log = micro.log();
    assert!(!log.contains("panicked"), "{log}");
}

/// How many live tokens have this name.
async fn tokens_called(http: &Http, name: &str) -> usize {
    let page = http.get("/tokens").await.expect(200).text();
    page.matches(&format!("Revoke “{name}”")).count()
}

#[tokio::test]
async fn a_form_that_is_sent_several_times_acts_once() {
    let world = world();
    let http = signed_in(&world.micro).await;
    let page = http.get("/tokens").await.expect(200).text();
    let (_, after) = page.split_once("id=\"create\"").unwrap();
    let (_, after) = after.split_once("name=\":once\" value=\"").unwrap();
    let (key, _) = after.split_once('"').unwrap();
    let form = |name: &str, key: &str| format!("%3Aonce={key}&action=create&name={name}&days=30");
    let post = |body: String| http.post("/tokens", &[FORM, SAME_ORIGIN], body);

    // The first is dropped on the way, as browsers do.
    let _ = tokio::time::timeout(Duration::from_millis(2), post(form("once-a", key))).await;
    let answers = futures::future::join_all((0..4).map(|_| post(form("once-a", key)))).await;
    let secret = |answer: &Answer| {
        let text = answer.text();
        let (_, secret) = text.split_once("mu_pat_").unwrap();
        secret.chars().take_while(char::is_ascii_alphanumeric).collect::<String>()
    };
    for answer in &answers {
        assert_eq!((answer.status, secret(answer)), (200.try_into().unwrap(), secret(&answers[0])));
    }
    assert_eq!(tokens_called(&http, "once-a").await, 1);

    // What says something else is another form, and so is one with a key of its own.
    post(form("once-b", key)).await.expect(200);
    assert_eq!(tokens_called(&http, "once-b").await, 1);
    let other = signed_in(&world.micro).await;
    let refused = other.post("/tokens", &[FORM, SAME_ORIGIN], form("once-a", key)).await;
    assert!(refused.text().contains("already"), "{refused:?}");
}

#[tokio::test]
async fn signing_in_twice_with_one_form_signs_in() {
    let world = world();
    let (http, code) = (world.micro.stranger(), code(&world.micro));
    let body = || format!("%3Aonce=0123456789abcdef&code={code}&next=%2Fservices");
    let first = http.post("/login", &[FORM, SAME_ORIGIN], body()).await.expect(303);
    let again = http.post("/login", &[FORM, SAME_ORIGIN], body()).await.expect(303);
    assert_eq!(again.header("location"), "/services");
    assert_eq!(again.header("set-cookie"), first.header("set-cookie"));
    assert!(!first.header("set-cookie").is_empty());
}

#[tokio::test]
async fn s05_of_many_that_spend_a_link_at_once_one_does() {
    let world = world();
    let code = code(&world.micro);
    let tries = (0..20).map(|_| {
        let (http, code) = (world.micro.stranger(), code.clone());
        tokio::spawn(async move { post_code(&http, &code, &[SAME_ORIGIN]).await })
    });
    let mut signed_in = 0;
    for attempt in tries.collect::<Vec<_>>() {
        signed_in += u32::from(attempt.await.unwrap().header("location") == "/services");
    }
    assert_eq!(signed_in, 1);
}

#[tokio::test]
async fn s05_other_sites_change_nothing() {
    let world = world();
    let micro = &world.micro;
    let browser = signed_in(micro).await;
    let code = code(micro);
    let own = format!("http://{}", micro.address());
    let foreign: [&[(&str, &str)]; 5] = [
        &[("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        &[("sec-fetch-site", "same-site"), ("origin", "http://other.localhost")],
        &[("origin", "https://evil.example")],
        &[("origin", "null")],
        &[],
    ];
    for headers in foreign {
        let with = |more: &[(&'static str, &'static str)]| [headers, more].concat();
        let logout = browser.post("/logout", &with(&[FORM]), "").await;
        assert_eq!(logout.status, 403, "{headers:?}: {logout:?}");
        let json = with(&[("content-type", "application/json")]);
        for path in [
            "/v1/helloworld/Hello",
            "/helloworld.v1.Helloworld/Hello",
            "/micro.v1.IdentityService/CreateToken",
        ] {
            let call = browser.post(path, &json, r#"{"name":"x"}"#).await;
            assert_eq!(call.status, 403, "{headers:?} {path}: {call:?}");
        }
        if !headers.is_empty() {
            let login = post_code(&micro.stranger(), &code, headers).await;
            assert_eq!(login.status, 403, "{headers:?}: {login:?}");
        }
    }
    // Nothing of this ended the session or spent the code.
    browser.get("/services").await.expect(200);
    for headers in [[SAME_ORIGIN].as_slice(), &[("origin", own.as_str())]] {
        let json = [headers, &[("content-type", "application/json")]].concat();
        let answer = browser.post("/v1/helloworld/Hello", &json, r#"{"name":"Ann"}"#).await.expect(200);
        assert_eq!(answer.json(), json!({"message": "Hello, Ann"}));
    }
    post_code(&micro.stranger(), &code, &[("origin", own.as_str())]).await.expect(303);
    let logout = browser.post("/logout", &[FORM, SAME_ORIGIN], "").await.expect(303);
    assert_eq!(logout.header("location"), "/login");
    browser.get("/services").await.expect(303);
}

#[tokio::test]
async fn s05_signing_in_changes_the_session_and_goes_nowhere_else() {
    let world = world();
    let micro = &world.micro;
    let planted = "micro=AAAAAAAAAAAAAAAAAAAAAA";
    let fixed = micro.stranger().with("cookie", planted);
    let answer = post_code(&fixed, &code(micro), &[SAME_ORIGIN]).await.expect(303);
    assert!(!answer.header("set-cookie").starts_with(planted), "{answer:?}");
    fixed.get("/services").await.expect(303);
    let first = signed_in(micro).await;
    let again = first.post("/login", &[FORM, SAME_ORIGIN], format!("code={}", code(micro))).await.expect(303);
    let cookie = again.header("set-cookie").split(';').next().unwrap().to_owned();
    assert!(!cookie.is_empty());
    first.get("/services").await.expect(303);
    micro.stranger().with("cookie", &cookie).get("/services").await.expect(200);
    for next in [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "\\/evil.example",
    ] {
        let body = format!("code={}&next={}", code(micro), next.replace('/', "%2F").replace('\\', "%5C"));
        let answer = micro.stranger().post("/login", &[FORM, SAME_ORIGIN], body).await.expect(303);
        assert_eq!(answer.header("location"), "/", "{next}");
    }
}

#[tokio::test]
async fn a_credential_that_is_named_is_the_only_one() {
    let world = world();
    let browser = signed_in(&world.micro).await;
    let json = [("content-type", "application/json"), SAME_ORIGIN];
    browser.post("/v1/helloworld/Hello", &json, "{}").await.expect(200);
    for value in ["Bearer wrong", "Session x", "Basic eA==", ""] {
        let named = browser.with("authorization", value);
        named.post("/v1/helloworld/Hello", &json, "{}").await.expect(401);
        let page = named.get("/services").await;
        assert!(page.status == 303 || page.status == 401, "{value}: {}", page.status);
    }
}

/// WebSockets are exempt from the browser's own rules, so the handshake checks where it comes from.
#[tokio::test]
async fn s05_sockets_open_from_own_pages_only() {
    let world = world();
    let browser = signed_in(&world.micro).await;
    let own = world.micro.url();
    let upgrade = [
        ("connection", "upgrade"),
        ("upgrade", "websocket"),
        ("sec-websocket-version", "13"),
        ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
    ];
    let open = async |http: &Http, origin: Option<&str>| {
        let origin = origin.map(|origin| ("origin", origin));
        let headers: Vec<_> = upgrade.into_iter().chain(origin).collect();
        http.open(http.request(http::Method::GET, "/live/call", &headers, "")).await.status().as_u16()
    };
    assert_eq!(open(&browser, Some(own)).await, 101);
    assert_eq!(open(&world.micro.stranger(), Some(own)).await, 401);
    for origin in [
        None,
        Some("null"),
        Some("https://evil.example"),
        Some("http://127.0.0.1:1"),
        Some("http://localhost"),
    ] {
        assert_eq!(open(&browser, origin).await, 403, "{origin:?}");
    }
}

#[tokio::test]
async fn live_pages_hear_of_changes_and_resume() {
    let world = world();
    let browser = signed_in(&world.micro).await;
    let request = browser.request(http::Method::GET, "/live/services", &[], "");
    let mut body = browser.open(request).await.into_body();
    let text = read_until(&mut body, "helloworld").await;
    assert!(text.contains("event: catalog") || text.contains("event:catalog"), "{text}");
    let id = text.lines().find_map(|line| line.strip_prefix("id:")).unwrap().trim().to_owned();
    world.micro.cli(&["register", "live-one", "--grpc", "127.0.0.1:9"]).ok();
    read_until(&mut body, "live-one").await;
    drop(body);
    // Whoever comes back is told what they missed, not everything.
    let request = browser.request(http::Method::GET, "/live/services", &[("last-event-id", &id)], "");
    let mut body = browser.open(request).await.into_body();
    let missed = read_until(&mut body, "live-one").await;
    assert!(!missed.contains("helloworld"), "{missed}");
    world.micro.cli(&["deregister", "live-one"]).ok();
}

#[tokio::test]
async fn s10_other_hosts_are_misdirected() {
    let world = world();
    let http = world.micro.stranger();
    let port = world.micro.address().rsplit_once(':').unwrap().1;
    for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "192.0.2.1", ""] {
        for path in ["/healthz", "/login", "/v1/helloworld/Hello"] {
            let answer = http.with("host", host).get(path).await;
            assert!(
                answer.status == 421 || (host.is_empty() && answer.status == 400),
                "{host}{path}: {answer:?}"
            );
        }
    }
    for host in ["localhost", &format!("localhost:{port}"), "127.0.0.1", "[::1]:1"] {
        http.with("host", host).get("/healthz").await.expect(200);
    }
    let forwarded = http.with("x-forwarded-host", "evil.example").with("forwarded", "host=evil.example");
    let page = forwarded.get("/login").await.expect(200);
    assert!(!page.text().contains("evil.example"));
}

#[tokio::test]
async fn pages_carry_a_policy_and_every_answer_its_headers() {
    let world = world();
    let browser = signed_in(&world.micro).await;
    let mut nonces = std::collections::BTreeSet::new();
    for path in [
        "/",
        "/services",
        "/services/helloworld",
        "/login",
        "/no-such-page",
        "/tokens",
        "/settings",
        "/chat",
        "/link/none",
    ] {
        let page = browser.get(path).await;
        let policy = page.header("content-security-policy");
        for part in
            ["script-src 'self' 'nonce-", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"]
        {
            assert!(policy.contains(part), "{path}: {policy}");
        }
        assert!(!policy.contains("unsafe-inline"), "{policy}");
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        assert!(nonces.insert(nonce.to_owned()), "a nonce is used once");
        let text = page.text();
        let scripts = text.matches("<script").count();
        assert!(text.matches(&format!("nonce=\"{nonce}\"")).count() >= scripts.min(1), "{path}");
        assert!(
            !text.contains(" style=") && !text.contains(" onclick="),
            "{path} has inline style or script"
        );
        assert_eq!(page.header("cache-control"), "no-store", "{path}");
    }
    for path in
        ["/services", "/healthz", "/v1/openapi.json", "/live/services", "/assets/none", "/no-such-page"]
    {
        let answer = world.micro.stranger().get(path).await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors 'none'"), "{path}");
    }
}

#[tokio::test]
async fn a_public_address_over_tls_has_its_own_cookie() {
    let micro = Micro::start_with(world::program(), |command| {
        command.env("MICRO_PUBLIC_URL", "https://micro.example.com");
    });
    // The ready line names what is handed out.
    assert_eq!(micro.url(), "https://micro.example.com");
    assert!(micro.sign_in().starts_with("https://micro.example.com/login?code="));
    let contexts = std::fs::read_to_string(micro.folder().join("configuration/micro/contexts.toml")).unwrap();
    let address = contexts.split("http://").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let http = Http::new(&address).with("host", "micro.example.com");
    let code = micro.sign_in().split_once("code=").unwrap().1;
    let answer = post_code(&http, code, &[("origin", "https://micro.example.com")]).await.expect(303);
    let cookie = answer.header("set-cookie");
    assert!(cookie.starts_with("__Host-micro=") && cookie.contains("Secure"), "{cookie}");
    assert!(answer.header("strict-transport-security").contains("max-age="), "{answer:?}");
}
