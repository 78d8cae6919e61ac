//! Mounts the dashboard: its pages, its server functions, and the forms they post.

use super::{Web, apart, api, caller::Caller, invite, policy, sign_in};
use axum::{
    Extension, Router,
    extract::{Path, Request, State},
    middleware::{self, Next},
    response::{IntoResponse as _, Redirect, Response},
    routing,
};
use http::{HeaderMap, HeaderValue, Method, header, request::Parts};
use leptos::context::{provide_context, use_context};
use leptos_axum::{LeptosRoutes as _, ResponseOptions, generate_route_list};
use micro_app::{App, RequestContext, routes, shell};

/// The path of the call page, as its route names it.
const CALL_PAGE: &str = "/services/{name}/{method}";

/// The path of the page that links a chat user, as its route names it.
const LINK_PAGE: &str = "/link/{id}";

/// The path of an invite's page, as its route names it.
const INVITE_PAGE: &str = "/invite/{code}";

/// The path of a team's page, as its route names it.
const TEAM_PAGE: &str = "/teams/{name}";

/// The routes of pages, forms and server functions.
pub(super) fn routes(web: &Web) -> Router<Web> {
    let pages = generate_route_list(App);
    let context = {
        let web = web.clone();
        move || provide(&web)
    };
    Router::new()
        .leptos_routes_with_context(web, pages, context, shell)
        .route(routes::TOKENS, routing::post(tokens_form))
        .route(routes::SETTINGS, routing::post(settings_form))
        .route(LINK_PAGE, routing::post(link_form))
        .route(TEAM_PAGE, routing::post(team_form))
        .route(INVITE_PAGE, routing::post(invite::accept))
        .route(CALL_PAGE, routing::post(call_form))
        .route(routes::LOGIN, routing::post(sign_in::sign_in))
        .route(routes::LOGOUT, routing::post(sign_in::sign_out))
        .layer(middleware::from_fn(|request: Request, next: Next| apart::draw(next.run(request))))
        .route("/api/{*function}", routing::post(server_function).get(server_function))
        .layer(middleware::from_fn(sign_in_first))
}

/// The one function that provides what pages and server functions read from their context.
fn provide(web: &Web) {
    let Some(parts) = use_context::<Parts>() else { return };
    let caller = parts.extensions.get::<Caller>().cloned().unwrap_or_default();
    provide_as(web, context_of(web, &caller, &parts.headers));
}

fn context_of(web: &Web, caller: &Caller, headers: &HeaderMap) -> RequestContext {
    let account = caller.principal.as_ref().map(|principal| principal.account.clone());
    let bots = web.bot.as_ref().map(micro_bot::Bot::status).unwrap_or_default();
    RequestContext::new(caller.client(&web.client), account, &web.public_url, headers).with_bots(bots)
}

fn provide_as(web: &Web, context: RequestContext) {
    apart::began();
    // Signed-out pages load no scripts.
    if context.account.is_some() {
        provide_context(web.assets.modules.clone());
    }
    provide_context(context);
    provide_context(web.assets.clone());
    let (Some(response), Some(nonce)) = (use_context::<ResponseOptions>(), leptos::nonce::use_nonce()) else {
        return;
    };
    if let Some(policy) = policy::page(&nonce) {
        response.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
    response.insert_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
}

/// What a form is answered with: its sender's context, and what puts it into place for the page that is the answer.
pub(super) fn answering(
    web: Web,
    caller: &Caller,
    headers: &HeaderMap,
) -> (RequestContext, impl Fn() + Clone + Send + Sync + 'static) {
    let context = context_of(&web, caller, headers);
    let given = context.clone();
    (context, move || provide_as(&web, given.clone()))
}

async fn tokens_form(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let (context, provide) = answering(web, &caller, request.headers());
    micro_app::post_tokens(context, provide, request).await
}

async fn settings_form(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let (context, provide) = answering(web, &caller, request.headers());
    micro_app::post_settings(context, provide, request).await
}

async fn link_form(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    let (context, provide) = answering(web, &caller, request.headers());
    micro_app::post_link(context, &id, provide, request).await
}

async fn team_form(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    Path(name): Path<String>,
    request: Request,
) -> Response {
    let (context, provide) = answering(web, &caller, request.headers());
    micro_app::post_team(context, &name, provide, request).await
}

async fn call_form(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    let (context, provide) = answering(web, &caller, request.headers());
    micro_app::post_call(context, provide, request).await
}

async fn server_function(State(web): State<Web>, request: Request) -> Response {
    leptos_axum::handle_server_fns_with_context(move || provide(&web), request).await.into_response()
}

/// Leads a signed-out reader of a page that is not open to strangers to the sign-in page, and back afterwards.
async fn sign_in_first(Extension(caller): Extension<Caller>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let open = routes::is_open(path) || path == routes::LOGOUT;
    if caller.principal.is_some() || open {
        return next.run(request).await;
    }
    let wanted = match *request.method() {
        Method::GET => request.uri().path_and_query().map_or("/", http::uri::PathAndQuery::as_str),
        _ => routes::HOME,
    };
    Redirect::to(&format!("{}?next={}", routes::LOGIN, routes::encode(wanted))).into_response()
}

/// Any other path: the gateway's where it looks like one, else the dashboard's own "not found" page.
pub(super) async fn fallback(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    request: Request,
) -> Response {
    if crate::edge::is_api(&request) {
        return api::answer(State(web), Extension(caller), request).await;
    }
    if caller.principal.is_none() {
        return Redirect::to(routes::LOGIN).into_response();
    }
    let render = leptos_axum::render_app_async_with_context(move || provide(&web), shell);
    let page = async move { render(request).await.into_response() };
    let mut response = apart::draw(page).await;
    *response.status_mut() = http::StatusCode::NOT_FOUND;
    response
}
