//! `micro register` and `micro deregister`.

use super::Globals;
use crate::{
    failure::{Failure, say},
    options::{Deregister, Output, Register, millis},
    output,
};
use micro_client::Registry;
use micro_domain::{Code, Error, catalog::Registration};
use serde_json::json;
use std::time::Duration;

/// Pause before a registration is tried again, in seconds.
const RETRY_S: u64 = 2;

pub(super) async fn register(globals: &Globals, options: Register) -> Result<(), Failure> {
    let descriptors = match &options.descriptors {
        Some(path) => Some(std::fs::read(path).map_err(|error| {
            Failure::local(format!("cannot read the descriptors {}: {error}", path.display()))
        })?),
        None => None,
    };
    let registration = Registration {
        service: options.name,
        version: options.version,
        address: options.grpc,
        ttl_ms: options.lease.then(|| millis(options.ttl)),
        descriptors,
    };
    let mut registry = globals.session()?.client.registry();
    if options.lease {
        return hold(globals, &mut registry, registration).await;
    }
    let registered = registry.register(registration.clone()).await?;
    told(globals, &registration, &registered.instance_id)
}

fn told(globals: &Globals, registration: &Registration, instance_id: &str) -> Result<(), Failure> {
    if globals.output == Output::Json {
        return output::json(&json!({
            "service": registration.service, "address": registration.address, "instance_id": instance_id,
        }));
    }
    say(&format!("Registered {} at {}.", registration.service, registration.address));
    Ok(())
}

/// Renews at a third of the lease until interrupted, then deregisters. A server that restarts is registered with anew.
async fn hold(globals: &Globals, registry: &mut Registry, registration: Registration) -> Result<(), Failure> {
    let mut interrupted = std::pin::pin!(crate::command::server::interrupted());
    // The first registration fails loudly; later ones are retried, since the server may be restarting.
    let mut lease = registry.register(registration.clone()).await?;
    told(globals, &registration, &lease.instance_id)?;
    loop {
        let third = Duration::from_millis(lease.ttl_ms.unwrap_or(0) / 3).max(Duration::from_millis(100));
        tokio::select! {
            () = &mut interrupted => break,
            () = tokio::time::sleep(third) => {}
        }
        let renewed = tokio::select! {
            () = &mut interrupted => break,
            renewed = registry.renew(&lease.instance_id) => renewed,
        };
        match renewed {
            Ok(ttl_ms) => lease.ttl_ms = Some(ttl_ms),
            Err(error) => {
                say(&format!("The lease could not be renewed ({}); registering again.", error.message));
                tokio::select! {
                    () = &mut interrupted => break,
                    again = again(registry, &registration) => lease = again?,
                }
            }
        }
    }
    let removed = registry.deregister(&registration.service, Some(&registration.address)).await;
    match removed {
        Ok(_) => say(&format!("Deregistered {} at {}.", registration.service, registration.address)),
        Err(error) if error.code == Code::NotFound => {}
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

async fn again(
    registry: &mut Registry,
    registration: &Registration,
) -> Result<micro_domain::catalog::Registered, Failure> {
    loop {
        match registry.register(registration.clone()).await {
            Ok(registered) => return Ok(registered),
            Err(Error { code: Code::Unavailable | Code::DeadlineExceeded, .. }) => {
                tokio::time::sleep(Duration::from_secs(RETRY_S)).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

pub(super) async fn deregister(globals: &Globals, options: Deregister) -> Result<(), Failure> {
    let mut registry = globals.session()?.client.registry();
    let removed = registry.deregister(&options.name, options.grpc.as_deref()).await?;
    if globals.output == Output::Json {
        return output::json(&json!({ "service": options.name, "removed": removed }));
    }
    let plural = if removed == 1 { "instance" } else { "instances" };
    say(&format!("Removed {removed} {plural} of {}.", options.name));
    Ok(())
}
