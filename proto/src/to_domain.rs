//! Wire messages as domain types.

use crate::v1;
use micro_domain::{Code, call, catalog, chat, identity};
use prost_types::{Duration, Timestamp};

/// A protobuf timestamp in milliseconds since the Unix epoch.
pub(crate) fn ms(at: Option<Timestamp>) -> Option<i64> {
    at.map(|at| at.seconds.saturating_mul(1_000).saturating_add(i64::from(at.nanos) / 1_000_000))
}

/// A protobuf duration in microseconds; negative ones read as 0.
fn us(duration: Option<Duration>) -> Option<u64> {
    let duration = duration?;
    let micros = duration.seconds.saturating_mul(1_000_000).saturating_add(i64::from(duration.nanos) / 1_000);
    Some(u64::try_from(micros).unwrap_or(0))
}

fn some(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

impl From<v1::Instance> for catalog::Instance {
    fn from(wire: v1::Instance) -> Self {
        let status = match wire.status() {
            v1::Status::Unspecified => catalog::Status::Unknown,
            v1::Status::Up => catalog::Status::Up,
            v1::Status::Failing => catalog::Status::Failing,
        };
        let address = match wire.address.as_str() {
            catalog::IN_PROCESS => catalog::Address::InProcess,
            _ => catalog::Address::Network(wire.address),
        };
        Self {
            id: wire.id,
            address,
            version: wire.version,
            status,
            since_ms: ms(wire.since).unwrap_or(0),
            reason: wire.reason,
            lease_expires_ms: ms(wire.lease_expires),
            descriptors: some(wire.descriptors_digest),
        }
    }
}

impl From<v1::Service> for catalog::Service {
    fn from(wire: v1::Service) -> Self {
        Self { name: wire.name, instances: wire.instances.into_iter().map(Into::into).collect() }
    }
}

impl From<v1::ListServicesResponse> for catalog::Catalog {
    fn from(wire: v1::ListServicesResponse) -> Self {
        Self { revision: wire.revision, services: wire.services.into_iter().map(Into::into).collect() }
    }
}

impl From<v1::WatchServicesResponse> for Option<catalog::Event> {
    fn from(wire: v1::WatchServicesResponse) -> Self {
        use v1::watch_services_response::Change;
        let revision = wire.revision;
        let change = match wire.change? {
            Change::Snapshot(snapshot) => {
                let services = snapshot.services.into_iter().map(Into::into).collect();
                catalog::Change::Snapshot(catalog::Catalog { revision, services })
            }
            Change::Upserted(service) => catalog::Change::Upserted(service.into()),
            Change::Removed(name) => catalog::Change::Removed(name),
        };
        Some(catalog::Event { revision, change })
    }
}

impl From<v1::RegisterRequest> for catalog::Registration {
    fn from(wire: v1::RegisterRequest) -> Self {
        Self {
            service: wire.service,
            version: wire.version,
            address: wire.address,
            ttl_ms: us(wire.ttl).map(|us| us / 1_000),
            descriptors: (!wire.descriptors.is_empty()).then_some(wire.descriptors),
        }
    }
}

impl From<v1::RegisterResponse> for catalog::Registered {
    fn from(wire: v1::RegisterResponse) -> Self {
        Self { instance_id: wire.instance_id, ttl_ms: us(wire.ttl).map(|us| us / 1_000) }
    }
}

impl From<v1::Metadata> for call::Metadata {
    fn from(wire: v1::Metadata) -> Self {
        Self { name: wire.name, value: wire.value }
    }
}

impl From<v1::Target> for call::Target {
    fn from(wire: v1::Target) -> Self {
        Self {
            service: wire.service,
            method: wire.method,
            version: some(wire.version),
            instance: some(wire.instance),
            metadata: wire.metadata.into_iter().map(Into::into).collect(),
            timeout_ms: us(wire.timeout).map(|us| us / 1_000),
            caller: match wire.caller {
                None => call::Caller::Me,
                Some(v1::target::Caller::TokenId(id)) => call::Caller::Token(id),
                Some(v1::target::Caller::Nobody(_)) => call::Caller::Nobody,
            },
        }
    }
}

impl From<v1::CallEnded> for call::Ended {
    fn from(wire: v1::CallEnded) -> Self {
        Self {
            id: wire.id,
            code: Code::from_number(wire.code),
            message: wire.message,
            details: wire.details,
            trailers: wire.trailers.into_iter().map(Into::into).collect(),
            duration_us: us(wire.duration).unwrap_or(0),
            trace_id: wire.trace_id,
            timing: wire.timing.map(|timing| call::Timing {
                sent_us: us(timing.sent).unwrap_or(0),
                answered_us: us(timing.answered).unwrap_or(0),
            }),
        }
    }
}

impl From<v1::CallOpened> for call::Opened {
    fn from(wire: v1::CallOpened) -> Self {
        Self { instance: wire.instance, headers: wire.headers.into_iter().map(Into::into).collect() }
    }
}

impl From<v1::CallResponse> for Option<call::Reply> {
    fn from(wire: v1::CallResponse) -> Self {
        use v1::call_response::Reply;
        Some(match wire.reply? {
            Reply::Opened(opened) => call::Reply::Opened(opened.into()),
            Reply::Message(json) => call::Reply::Message(json),
            Reply::Ended(ended) => call::Reply::Ended(ended.into()),
        })
    }
}

impl From<v1::CallRecord> for Option<call::Record> {
    fn from(wire: v1::CallRecord) -> Self {
        Some(call::Record {
            id: wire.id,
            at_ms: ms(wire.at)?,
            target: wire.target?.into(),
            requests: wire.requests,
            responses: wire.responses,
            opened: wire.opened.map(Into::into),
            ended: wire.ended?.into(),
        })
    }
}

impl From<v1::Draft> for Option<call::Draft> {
    fn from(wire: v1::Draft) -> Self {
        Some(call::Draft {
            id: wire.id,
            author: wire.author,
            at_ms: ms(wire.at)?,
            target: wire.target?.into(),
            requests: wire.requests,
        })
    }
}

impl From<v1::Example> for Option<call::Example> {
    fn from(wire: v1::Example) -> Self {
        Some(call::Example {
            id: wire.id,
            name: wire.name,
            author: wire.author,
            at_ms: ms(wire.at)?,
            target: wire.target?.into(),
            requests: wire.requests,
            own: wire.own,
        })
    }
}

impl From<v1::Token> for identity::Token {
    fn from(wire: v1::Token) -> Self {
        Self {
            id: wire.id,
            name: wire.name,
            prefix: wire.prefix,
            created_ms: ms(wire.created).unwrap_or(0),
            expires_ms: ms(wire.expires).unwrap_or(0),
            last_used_ms: ms(wire.last_used),
            bot: wire.bot,
        }
    }
}

impl From<v1::WhoAmIResponse> for identity::Whoami {
    fn from(wire: v1::WhoAmIResponse) -> Self {
        Self {
            account_id: wire.account_id,
            account: wire.account,
            credential: wire.credential,
            credential_kind: wire.credential_kind,
            credential_id: wire.credential_id,
        }
    }
}

impl From<v1::CreateSignInLinkResponse> for identity::SignInLink {
    fn from(wire: v1::CreateSignInLinkResponse) -> Self {
        Self { code: identity::Secret::new(wire.code), expires_ms: ms(wire.expires).unwrap_or(0) }
    }
}

impl From<v1::CreateTokenResponse> for Option<identity::NewToken> {
    fn from(wire: v1::CreateTokenResponse) -> Self {
        Some(identity::NewToken { token: wire.token?.into(), secret: identity::Secret::new(wire.secret) })
    }
}

impl From<v1::LinkRequest> for Option<chat::LinkRequest> {
    fn from(wire: v1::LinkRequest) -> Self {
        Some(chat::LinkRequest {
            id: wire.id,
            person: wire.person.parse().ok()?,
            names: chat::Names { workspace: wire.workspace_name, user: wire.user_name },
            expires_ms: ms(wire.expires)?,
        })
    }
}

impl From<v1::Link> for Option<chat::Link> {
    fn from(wire: v1::Link) -> Self {
        Some(chat::Link {
            id: wire.id,
            person: wire.person.parse().ok()?,
            names: chat::Names { workspace: wire.workspace_name, user: wire.user_name },
            created_ms: ms(wire.created)?,
        })
    }
}

impl From<v1::RedeemLinkCodeResponse> for Option<chat::Redeemed> {
    fn from(wire: v1::RedeemLinkCodeResponse) -> Self {
        let link = Option::from(wire.link?)?;
        Some(chat::Redeemed { link, account: wire.account })
    }
}
