//! The one way to Micro's backend: typed calls that return domain types.
//!
//! Inside the process the client is handed the platform's gRPC routes as a tower service; elsewhere it is an HTTP/2
//! channel. The same interceptors and the same authorisation run either way, and nothing above can tell which.

mod chat;
mod credential;
mod gateway;
mod identity;
mod registry;
mod team;
mod transport;

pub use chat::Chat;
pub use gateway::Gateway;
pub use identity::Identity;
pub use registry::Registry;
pub use team::{Invites, Teams};
pub use transport::{BoxError, Transport};

use credential::Credentialed;
use micro_domain::{Code, Error, chat::Person, identity::Credential, schema::Description};

/// A connection to Micro and the credential its calls carry. Clones are cheap and share the connection.
#[derive(Clone)]
pub struct Client {
    transport: Transport,
    credential: Option<Credential>,
    person: Option<Person>,
}

impl Client {
    /// A client of the platform in this process.
    pub fn in_process(transport: Transport) -> Self {
        Self { transport, credential: None, person: None }
    }

    /// A client of the Micro server at `url`, such as `http://127.0.0.1:8080`. Connects when first used.
    ///
    /// # Errors
    /// INVALID_ARGUMENT when `url` is no http or https address.
    pub fn connect(url: &str, credential: Option<Credential>) -> Result<Self, Error> {
        Ok(Self { transport: transport::channel(url)?, credential, person: None })
    }

    /// The same connection with another credential, or none.
    #[must_use]
    pub fn with_credential(&self, credential: Option<Credential>) -> Self {
        Self { transport: self.transport.clone(), credential, person: None }
    }

    /// The same connection and credential, a bot's, calling for a chat user: as the account they are linked to.
    ///
    /// Without a link, calls are refused as UNAUTHENTICATED with [`micro_domain::chat::UNLINKED`].
    #[must_use]
    pub fn on_behalf_of(&self, person: &Person) -> Self {
        Self { person: Some(person.clone()), ..self.clone() }
    }

    /// What its calls carry.
    #[must_use]
    pub const fn credential(&self) -> Option<&Credential> {
        self.credential.as_ref()
    }

    /// Services and their instances.
    #[must_use]
    pub fn registry(&self) -> Registry {
        Registry::new(self.service())
    }

    /// Descriptions, calls, history and drafts.
    #[must_use]
    pub fn gateway(&self) -> Gateway {
        Gateway::new(self.service())
    }

    /// Accounts and credentials.
    #[must_use]
    pub fn identity(&self) -> Identity {
        Identity::new(self.service())
    }

    /// Chat users, and the links that let them speak as accounts.
    #[must_use]
    pub fn chat(&self) -> Chat {
        Chat::new(self.service())
    }

    /// Teams and who is in them.
    #[must_use]
    pub fn teams(&self) -> Teams {
        Teams::new(self.service())
    }

    /// Invites to teams.
    #[must_use]
    pub fn invites(&self) -> Invites {
        Invites::new(self.service())
    }

    /// What the service named by `word` offers; case, `-` and `_` in it do not matter.
    ///
    /// # Errors
    /// NOT_FOUND naming the nearest service; UNAVAILABLE while it was never described.
    pub async fn describe(&self, word: &str) -> Result<Description, Error> {
        let error = match self.gateway().describe(word, None).await {
            Err(error) if error.code == Code::NotFound => error,
            done => return done,
        };
        let catalog = self.registry().list().await?;
        let spelled = catalog.spelled(word).ok_or(error)?;
        self.gateway().describe(&spelled.name, None).await
    }

    fn service(&self) -> Credentialed {
        Credentialed::new(self.transport.clone(), self.credential.as_ref(), self.person.as_ref())
    }
}

/// A failed call as the domain's error. A server that cannot be reached reads as UNAVAILABLE with what to do.
fn error(status: tonic::Status) -> Error {
    let unreachable =
        std::error::Error::source(&status).is_some() && status.code() == tonic::Code::Unavailable;
    if unreachable {
        tracing::debug!(?status, "the server could not be reached");
        return Error::unavailable(
            "The Micro server cannot be reached. Is it running, and is the address right?",
        );
    }
    micro_proto::error::from_status(&status)
}

/// An answer that lacks what its method promises: a server of another version.
fn incomplete(method: &str) -> Error {
    Error::internal(format!(
        "The server's answer to {method} was incomplete. Do client and server have the same version?"
    ))
}
