//! Accepting an invite. Who had no account gets one, and a session with it.

use super::{Web, caller::Caller, pages, sign_in};
use axum::{
    Extension,
    extract::{Path, Request, State},
    response::Response,
};
use micro_app::routes;
use tower_sessions::Session;

/// `POST /invite/{code}`: joins, and leads home; the page says why where nobody joined.
pub(super) async fn accept(
    State(web): State<Web>,
    Extension(caller): Extension<Caller>,
    session: Session,
    Path(code): Path<String>,
    request: Request,
) -> Response {
    let (context, provide) = pages::answering(web, &caller, request.headers());
    match micro_app::post_invite(context, &code, provide, request).await {
        Ok(joined) if caller.principal.is_none() => {
            sign_in::begin(&session, &joined.account_id, routes::HOME).await
        }
        Ok(_) => sign_in::see_other(routes::HOME),
        Err(page) => page,
    }
}
