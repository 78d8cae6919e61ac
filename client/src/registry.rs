//! Services and their instances.

use crate::{credential::Credentialed, error};
use futures::{Stream, StreamExt as _};
use micro_domain::{
    Error,
    catalog::{Catalog, Event, Registered, Registration, Service},
};
use micro_proto::v1::{self, registry_service_client::RegistryServiceClient};

/// Typed calls to the registry.
#[derive(Clone)]
pub struct Registry {
    inner: RegistryServiceClient<Credentialed>,
}

impl Registry {
    pub(crate) fn new(service: Credentialed) -> Self {
        let inner =
            RegistryServiceClient::new(service).max_decoding_message_size(crate::gateway::ANSWER_MAX_BYTES);
        Self { inner }
    }

    /// Every service the caller may see.
    ///
    /// # Errors
    /// Those of the platform.
    pub async fn list(&mut self) -> Result<Catalog, Error> {
        let answer = self.inner.list_services(v1::ListServicesRequest {}).await.map_err(error)?;
        Ok(answer.into_inner().into())
    }

    /// One service by its exact name.
    ///
    /// # Errors
    /// NOT_FOUND naming the nearest service there is; those of the platform.
    pub async fn get(&mut self, name: &str) -> Result<Service, Error> {
        let request = v1::GetServiceRequest { name: name.to_owned() };
        let answer = self.inner.get_service(request).await.map_err(error)?;
        answer.into_inner().service.map(Into::into).ok_or_else(|| crate::incomplete("GetService"))
    }

    /// A snapshot, then every change; after `revision` where the server still remembers it (0 for the beginning).
    ///
    /// # Errors
    /// Those of the platform, before and during the stream.
    pub async fn watch(
        &mut self,
        revision: u64,
    ) -> Result<impl Stream<Item = Result<Event, Error>> + Send + use<>, Error> {
        let stream = self.inner.watch_services(v1::WatchServicesRequest { revision }).await.map_err(error)?;
        Ok(stream.into_inner().filter_map(|step| {
            let event = step.map_err(error).map(Into::<Option<Event>>::into).transpose();
            std::future::ready(event)
        }))
    }

    /// Registers an instance: statically, or with a lease to be renewed at a third of its length.
    ///
    /// # Errors
    /// INVALID_ARGUMENT for a bad name, address or descriptors; those of the platform.
    pub async fn register(&mut self, registration: Registration) -> Result<Registered, Error> {
        let answer = self.inner.register(v1::RegisterRequest::from(registration)).await.map_err(error)?;
        Ok(answer.into_inner().into())
    }

    /// Renews a lease; returns its length in milliseconds.
    ///
    /// # Errors
    /// NOT_FOUND when it ran out: register again.
    pub async fn renew(&mut self, instance_id: &str) -> Result<u64, Error> {
        let request = v1::RenewRequest { instance_id: instance_id.to_owned() };
        let answer = self.inner.renew(request).await.map_err(error)?.into_inner();
        let registered =
            Registered::from(v1::RegisterResponse { instance_id: String::new(), ttl: answer.ttl });
        registered.ttl_ms.ok_or_else(|| crate::incomplete("Renew"))
    }

    /// Removes the instance at `address`, or all of the service's; returns how many.
    ///
    /// # Errors
    /// NOT_FOUND when there is nothing to remove; FAILED_PRECONDITION for a base service.
    pub async fn deregister(&mut self, service: &str, address: Option<&str>) -> Result<u32, Error> {
        let request = v1::DeregisterRequest {
            service: service.to_owned(),
            address: address.unwrap_or_default().to_owned(),
        };
        Ok(self.inner.deregister(request).await.map_err(error)?.into_inner().removed)
    }
}
