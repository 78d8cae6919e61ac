//! Domain types as wire messages.

use crate::v1;
use micro_domain::{call, catalog, chat, identity};
use prost_types::{Duration, Timestamp};

/// Milliseconds since the Unix epoch as a protobuf timestamp.
pub(crate) fn timestamp(ms: i64) -> Timestamp {
    let nanos = i32::try_from(ms.rem_euclid(1_000) * 1_000_000).unwrap_or(0);
    Timestamp { seconds: ms.div_euclid(1_000), nanos }
}

/// Microseconds as a protobuf duration.
pub(crate) fn duration(us: u64) -> Duration {
    let nanos = i32::try_from(us % 1_000_000 * 1_000).unwrap_or(0);
    Duration { seconds: i64::try_from(us / 1_000_000).unwrap_or(i64::MAX), nanos }
}

impl From<catalog::Instance> for v1::Instance {
    fn from(instance: catalog::Instance) -> Self {
        let status = match instance.status {
            catalog::Status::Up => v1::Status::Up,
            catalog::Status::Failing => v1::Status::Failing,
            catalog::Status::Unknown => v1::Status::Unspecified,
        };
        Self {
            id: instance.id,
            address: instance.address.to_string(),
            version: instance.version,
            status: status.into(),
            since: Some(timestamp(instance.since_ms)),
            reason: instance.reason,
            lease_expires: instance.lease_expires_ms.map(timestamp),
            descriptors_digest: instance.descriptors.unwrap_or_default(),
        }
    }
}

impl From<catalog::Service> for v1::Service {
    fn from(service: catalog::Service) -> Self {
        Self { name: service.name, instances: service.instances.into_iter().map(Into::into).collect() }
    }
}

impl From<catalog::Catalog> for v1::ListServicesResponse {
    fn from(catalog: catalog::Catalog) -> Self {
        let services = catalog.services.into_iter().map(Into::into).collect();
        Self { services, revision: catalog.revision }
    }
}

impl From<catalog::Event> for v1::WatchServicesResponse {
    fn from(event: catalog::Event) -> Self {
        use v1::watch_services_response::Change;
        let change = match event.change {
            catalog::Change::Snapshot(catalog) => {
                let services = catalog.services.into_iter().map(Into::into).collect();
                Change::Snapshot(v1::Snapshot { services })
            }
            catalog::Change::Upserted(service) => Change::Upserted(service.into()),
            catalog::Change::Removed(name) => Change::Removed(name),
        };
        Self { revision: event.revision, change: Some(change) }
    }
}

impl From<catalog::Registration> for v1::RegisterRequest {
    fn from(registration: catalog::Registration) -> Self {
        Self {
            service: registration.service,
            version: registration.version,
            address: registration.address,
            ttl: registration.ttl_ms.map(|ms| duration(ms.saturating_mul(1_000))),
            descriptors: registration.descriptors.unwrap_or_default(),
        }
    }
}

impl From<catalog::Registered> for v1::RegisterResponse {
    fn from(registered: catalog::Registered) -> Self {
        let ttl = registered.ttl_ms.map(|ms| duration(ms.saturating_mul(1_000)));
        Self { instance_id: registered.instance_id, ttl }
    }
}

impl From<u64> for v1::RenewResponse {
    /// From the lease's length in milliseconds.
    fn from(ttl_ms: u64) -> Self {
        Self { ttl: Some(duration(ttl_ms.saturating_mul(1_000))) }
    }
}

impl From<call::Metadata> for v1::Metadata {
    fn from(metadata: call::Metadata) -> Self {
        Self { name: metadata.name, value: metadata.value }
    }
}

impl From<call::Target> for v1::Target {
    fn from(target: call::Target) -> Self {
        Self {
            service: target.service,
            method: target.method,
            version: target.version.unwrap_or_default(),
            instance: target.instance.unwrap_or_default(),
            metadata: target.metadata.into_iter().map(Into::into).collect(),
            timeout: target.timeout_ms.map(|ms| duration(ms.saturating_mul(1_000))),
            caller: match target.caller {
                call::Caller::Me => None,
                call::Caller::Token(id) => Some(v1::target::Caller::TokenId(id)),
                call::Caller::Nobody => Some(v1::target::Caller::Nobody(v1::Nobody {})),
            },
        }
    }
}

impl From<call::Frame> for v1::CallRequest {
    fn from(frame: call::Frame) -> Self {
        use v1::call_request::Frame;
        let frame = match frame {
            call::Frame::Message(json) => Frame::Message(json),
            call::Frame::HalfClose => Frame::HalfClose(v1::HalfClose {}),
        };
        Self { frame: Some(frame) }
    }
}

impl From<call::Target> for v1::CallRequest {
    fn from(target: call::Target) -> Self {
        Self { frame: Some(v1::call_request::Frame::Open(target.into())) }
    }
}

impl From<call::Ended> for v1::CallEnded {
    fn from(ended: call::Ended) -> Self {
        Self {
            id: ended.id,
            code: ended.code.number(),
            message: ended.message,
            details: ended.details,
            trailers: ended.trailers.into_iter().map(Into::into).collect(),
            duration: Some(duration(ended.duration_us)),
            trace_id: ended.trace_id,
            timing: ended.timing.map(|timing| v1::CallTiming {
                sent: Some(duration(timing.sent_us)),
                answered: Some(duration(timing.answered_us)),
            }),
        }
    }
}

impl From<call::Opened> for v1::CallOpened {
    fn from(opened: call::Opened) -> Self {
        Self { instance: opened.instance, headers: opened.headers.into_iter().map(Into::into).collect() }
    }
}

impl From<call::Reply> for v1::CallResponse {
    fn from(reply: call::Reply) -> Self {
        use v1::call_response::Reply;
        let reply = match reply {
            call::Reply::Opened(opened) => Reply::Opened(opened.into()),
            call::Reply::Message(json) => Reply::Message(json),
            call::Reply::Ended(ended) => Reply::Ended(ended.into()),
        };
        Self { reply: Some(reply) }
    }
}

impl From<call::Record> for v1::CallRecord {
    fn from(record: call::Record) -> Self {
        Self {
            id: record.id,
            at: Some(timestamp(record.at_ms)),
            target: Some(record.target.into()),
            requests: record.requests,
            responses: record.responses,
            opened: record.opened.map(Into::into),
            ended: Some(record.ended.into()),
        }
    }
}

impl From<call::Draft> for v1::Draft {
    fn from(draft: call::Draft) -> Self {
        Self {
            id: draft.id,
            author: draft.author,
            at: Some(timestamp(draft.at_ms)),
            target: Some(draft.target.into()),
            requests: draft.requests,
        }
    }
}

impl From<call::Example> for v1::Example {
    fn from(example: call::Example) -> Self {
        Self {
            id: example.id,
            name: example.name,
            author: example.author,
            at: Some(timestamp(example.at_ms)),
            target: Some(example.target.into()),
            requests: example.requests,
            own: example.own,
        }
    }
}

impl From<identity::Token> for v1::Token {
    fn from(token: identity::Token) -> Self {
        Self {
            id: token.id,
            name: token.name,
            prefix: token.prefix,
            created: Some(timestamp(token.created_ms)),
            expires: Some(timestamp(token.expires_ms)),
            last_used: token.last_used_ms.map(timestamp),
            bot: token.bot,
        }
    }
}

impl From<identity::NewToken> for v1::CreateTokenResponse {
    fn from(new: identity::NewToken) -> Self {
        Self { token: Some(new.token.into()), secret: new.secret.reveal().to_owned() }
    }
}

impl From<identity::SignInLink> for v1::CreateSignInLinkResponse {
    fn from(link: identity::SignInLink) -> Self {
        Self { code: link.code.reveal().to_owned(), expires: Some(timestamp(link.expires_ms)) }
    }
}

impl From<&identity::Principal> for v1::WhoAmIResponse {
    fn from(principal: &identity::Principal) -> Self {
        Self {
            account_id: principal.account_id.clone(),
            account: principal.account.clone(),
            credential: principal.credential.name.clone(),
            credential_kind: principal.credential.kind.word().to_owned(),
            credential_id: principal.credential.id.clone(),
        }
    }
}

impl From<chat::LinkRequest> for v1::LinkRequest {
    fn from(request: chat::LinkRequest) -> Self {
        Self {
            id: request.id,
            person: request.person.to_string(),
            workspace_name: request.names.workspace,
            user_name: request.names.user,
            expires: Some(timestamp(request.expires_ms)),
        }
    }
}

impl From<chat::Link> for v1::Link {
    fn from(link: chat::Link) -> Self {
        Self {
            id: link.id,
            person: link.person.to_string(),
            workspace_name: link.names.workspace,
            user_name: link.names.user,
            created: Some(timestamp(link.created_ms)),
        }
    }
}

impl From<chat::Redeemed> for v1::RedeemLinkCodeResponse {
    fn from(redeemed: chat::Redeemed) -> Self {
        Self { link: Some(redeemed.link.into()), account: redeemed.account }
    }
}
