//! Which server a command speaks to, and as whom.

use crate::{context::Contexts, failure::Failure};
use micro_client::Client;
use micro_domain::identity::{Credential, Secret};

/// A client and the server it speaks to.
pub(crate) struct Session {
    pub(crate) client: Client,
    pub(crate) server: String,
    public_url: Option<String>,
}

impl Session {
    /// From the flags and the environment, otherwise from the current context.
    ///
    /// A context's token is sent to that context's server alone.
    pub(crate) fn open(server: Option<&str>, token: Option<&str>) -> Result<Self, Failure> {
        let contexts =
            if server.is_some() && token.is_some() { Contexts::default() } else { Contexts::load()? };
        let same = |url: &str| {
            contexts
                .contexts
                .values()
                .find(|context| context.server.trim_end_matches('/') == url.trim_end_matches('/'))
        };
        let context = match server {
            Some(url) => same(url),
            None => contexts.current(),
        };
        let Some(server) =
            server.map(str::to_owned).or_else(|| context.map(|context| context.server.clone()))
        else {
            return Err(Failure::local(
                "no server is chosen: start one with `micro server`, or choose one with `micro login URL` or --server URL",
            ));
        };
        let public_url = context.and_then(|context| context.public_url.clone());
        let token = token.map(Secret::new).or_else(|| context.map(|context| context.token.clone()));
        let client = Client::connect(&server, token.map(Credential::Token))
            .map_err(|error| Failure::usage(error.message))?;
        Ok(Self { client, server, public_url })
    }

    /// The address of a page, for a browser that may be anywhere.
    pub(crate) fn page(&self, path: &str) -> String {
        format!("{}{path}", self.public_url.as_ref().unwrap_or(&self.server).trim_end_matches('/'))
    }
}
