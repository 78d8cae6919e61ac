//! The service that gateways are measured in front of: one thread, one method, reflection and health.
//!
//! Prints `{"port":N}` when it is ready; `--descriptors FILE` also writes its descriptor set there.

use std::net::Ipv4Addr;

use anyhow::{Context, Result};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::{Request, Response, Status};

#[expect(unreachable_pub, clippy::allow_attributes, reason = "generated")]
mod bench {
    tonic::include_proto!("bench.v1");
}

use bench::greeter_server::{Greeter, GreeterServer};
use bench::{HelloReply, HelloRequest};

const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/greeter.binpb"));

struct Greetings;

#[tonic::async_trait]
impl Greeter for Greetings {
    async fn say_hello(&self, request: Request<HelloRequest>) -> Result<Response<HelloReply>, Status> {
        let message = format!("Hello, {}!", request.into_inner().name);
        Ok(Response::new(HelloReply { message }))
    }
}

#[tokio::main(flavor = "current_thread")]
#[expect(clippy::print_stdout, reason = "the ready line")]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        anyhow::ensure!(argument == "--descriptors", "unknown argument {argument}");
        let file = arguments.next().context("--descriptors needs a file")?;
        std::fs::write(&file, DESCRIPTORS).with_context(|| format!("cannot write {file}"))?;
    }
    let (reporter, health) = tonic_health::server::health_reporter();
    reporter.set_serving::<GreeterServer<Greetings>>().await;
    let reflection = tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(DESCRIPTORS)
        .build_v1()?;
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
    println!("{{\"port\":{}}}", listener.local_addr()?.port());
    tonic::transport::Server::builder()
        .tcp_nodelay(true)
        .add_service(GreeterServer::new(Greetings))
        .add_service(health)
        .add_service(reflection)
        .serve_with_incoming(TcpListenerStream::new(listener))
        .await
        .context("the listener failed")
}
