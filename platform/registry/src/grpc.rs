//! The proto edge: `micro.v1.RegistryService`.

use std::pin::Pin;

use futures::Stream;
use micro_domain::identity::{Permission, Principal};
use micro_domain::{Code, Error as Refusal};
use micro_proto::error::to_status;
use micro_proto::v1;
use micro_proto::v1::registry_service_server::{RegistryService, RegistryServiceServer};
use tonic::{Request, Response, Status};

use crate::descriptors::DESCRIPTORS_MAX_BYTES;
use crate::keeper::Command;
use crate::watcher::{Watcher, visible};
use crate::{Error, Registry, registration};

/// Largest request, in bytes: the descriptors and everything else.
const REQUEST_MAX_BYTES: usize = DESCRIPTORS_MAX_BYTES + 64 * 1_024;

impl Registry {
    /// The gRPC service, for the platform's routes. The caller's [`Principal`] is expected in the request's extensions.
    #[must_use]
    pub fn grpc(&self) -> RegistryServiceServer<impl RegistryService> {
        RegistryServiceServer::new(Edge(self.clone())).max_decoding_message_size(REQUEST_MAX_BYTES)
    }

    async fn watch(&self, principal: Principal, revision: u64) -> Result<Watcher, Error> {
        // Before anything else: a revocation from now on ends the watch.
        let revocations = self.inner.revocations.subscribe();
        let missed = self.ask(|reply| Command::Watch { revision, reply }).await?;
        Ok(Watcher::new(principal, revision, missed, self.catalog(), revocations))
    }
}

#[derive(Debug, Clone)]
struct Edge(Registry);

/// Who asks. The platform's layer puts it there; without it nothing is answered.
fn principal<T>(request: &Request<T>) -> Result<Principal, Status> {
    request.extensions().get::<Principal>().cloned().ok_or_else(|| {
        to_status(&Refusal::unauthenticated(
            "no credential came with the call; run `micro login` or send a token",
        ))
    })
}

fn status(error: Error) -> Status {
    to_status(&Refusal::from(error))
}

#[tonic::async_trait]
impl RegistryService for Edge {
    async fn register(
        &self,
        request: Request<v1::RegisterRequest>,
    ) -> Result<Response<v1::RegisterResponse>, Status> {
        let by = principal(&request)?;
        let registered = self.0.register(&by, request.into_inner().into()).await.map_err(status)?;
        Ok(Response::new(registered.into()))
    }

    async fn renew(&self, request: Request<v1::RenewRequest>) -> Result<Response<v1::RenewResponse>, Status> {
        let by = principal(&request)?;
        let ttl = self.0.renew(&by, &request.get_ref().instance_id).await.map_err(status)?;
        Ok(Response::new(u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX).into()))
    }

    async fn deregister(
        &self,
        request: Request<v1::DeregisterRequest>,
    ) -> Result<Response<v1::DeregisterResponse>, Status> {
        let by = principal(&request)?;
        let v1::DeregisterRequest { service, address } = request.into_inner();
        let address = (!address.is_empty()).then_some(address.as_str());
        let removed = self.0.deregister(&by, &service, address).await.map_err(status)?;
        Ok(Response::new(v1::DeregisterResponse { removed }))
    }

    async fn list_services(
        &self,
        request: Request<v1::ListServicesRequest>,
    ) -> Result<Response<v1::ListServicesResponse>, Status> {
        let by = principal(&request)?;
        let catalog = self.0.inner.catalog.borrow().clone();
        Ok(Response::new(visible(&catalog, &by).into()))
    }

    async fn get_service(
        &self,
        request: Request<v1::GetServiceRequest>,
    ) -> Result<Response<v1::GetServiceResponse>, Status> {
        let by = principal(&request)?;
        let name = &request.get_ref().name;
        let catalog = self.0.inner.catalog.borrow().clone();
        let service = catalog.service(name).filter(|_| by.may(Permission::ServicesRead, Some(name)));
        let service =
            service.ok_or_else(|| to_status(&registration::no_such_service(&catalog, &by, name)))?.clone();
        Ok(Response::new(v1::GetServiceResponse { service: Some(service.into()) }))
    }

    type WatchServicesStream = Pin<Box<dyn Stream<Item = Result<v1::WatchServicesResponse, Status>> + Send>>;

    async fn watch_services(
        &self,
        request: Request<v1::WatchServicesRequest>,
    ) -> Result<Response<Self::WatchServicesStream>, Status> {
        let by = principal(&request)?;
        if !by.may(Permission::ServicesRead, None) {
            return Err(to_status(&Refusal::new(Code::PermissionDenied, "you may not see services")));
        }
        let watcher = self.0.watch(by, request.get_ref().revision).await.map_err(status)?;
        let events = futures::stream::unfold(watcher, async |mut watcher| {
            let event = watcher.next().await?;
            Some((event.map(Into::into).map_err(|error| to_status(&error)), watcher))
        });
        Ok(Response::new(Box::pin(events)))
    }
}
