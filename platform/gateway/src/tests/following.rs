//! Descriptions and routes as the catalog changes.

use super::service::{Reflects, Server};
use super::*;
use micro_domain::Code;

async fn route(world: &World, micro_service: Option<&str>) -> Result<String, Error> {
    let me = testing::principal("me");
    let plan =
        world.gateway.route_grpc(Some(&me), "everything.v1.Everything", "Echo", micro_service, None).await?;
    Ok(plan.service.name.clone())
}

#[tokio::test]
async fn services_describe_themselves_by_either_reflection_or_uploaded_descriptors() {
    let me = testing::principal("me");
    for reflects in [Reflects::V1, Reflects::V1Alpha, Reflects::Nothing] {
        let server = Server::start(reflects).await;
        let mut only = instance("i0", &server.address);
        only.descriptors = (reflects == Reflects::Nothing).then(|| "everything".to_owned());
        let world = World::new(vec![service("everything", vec![only])]).await;
        let description = world.gateway.description(&me, "everything", None).await.unwrap();
        assert_eq!(description.grpc_services, ["everything.v1.Everything"]);
        assert_eq!(description.omitted, Vec::<String>::new());
        let schema = &description.schema;
        assert_eq!(schema.methods().count(), 6);
        assert!(schema.method("Echo").unwrap().read_only);
        let fields = &schema.messages["everything.v1.Everyone"].fields;
        assert_eq!(fields.iter().find(|field| field.name == "a_string").unwrap().comment, "Greets.");
        assert!(fields.iter().find(|field| field.name == "password").unwrap().redact);
        // What is handed out links on its own.
        let pool = prost_reflect::DescriptorPool::decode(description.file_descriptor_set.clone()).unwrap();
        assert!(pool.get_service_by_name("everything.v1.Everything").is_some());
        assert_eq!(route(&world, None).await.unwrap(), "everything");
    }
}

#[tokio::test]
async fn a_service_that_says_nothing_is_unavailable_and_says_why() {
    let server = Server::start(Reflects::Nothing).await;
    let world = World::new(everything(&[&server])).await;
    let error = world.call("Echo", &[], b"").await.unwrap_err();
    assert_eq!(error.code, Code::Unavailable);
    assert!(error.message.contains("does not offer gRPC server reflection"), "{error}");
    assert!(error.message.contains("--descriptors"), "{error}");
}

#[tokio::test]
async fn several_services_with_one_grpc_service_need_a_choice() {
    let server = Server::start(Reflects::V1).await;
    let both = ["blue", "green"].map(|name| service(name, vec![instance(name, &server.address)]));
    let world = World::new(both.to_vec()).await;
    world.until(|table| table.pending == 0).await;
    let error = route(&world, None).await.unwrap_err();
    assert_eq!(error.code, Code::FailedPrecondition);
    assert!(error.message.contains("blue, green"), "{error}");
    assert_eq!(route(&world, Some("green")).await.unwrap(), "green");
    let error = route(&world, Some("gren")).await.unwrap_err();
    assert_eq!(error.code, Code::NotFound);
    assert!(error.message.contains("did you mean `green`?"), "{error}");
}

#[tokio::test]
async fn unknown_names_get_the_nearest_one() {
    let server = Server::start(Reflects::V1).await;
    let world = World::new(everything(&[&server])).await;
    let me = testing::principal("me");
    let named = |service: &'static str, method: &'static str| {
        let (gateway, me) = (world.gateway.clone(), me.clone());
        async move { gateway.route_named(Some(&me), service, method, None, None).await.err().unwrap() }
    };
    let error = named("everythin", "Echo").await;
    assert_eq!(error.code, Code::NotFound);
    assert!(error.message.contains("did you mean `everything`?"), "{error}");
    let error = named("everything", "Ecko").await;
    assert_eq!(error.code, Code::NotFound);
    assert!(error.message.contains("did you mean `Echo`?"), "{error}");
    let error = world
        .gateway
        .route_grpc(Some(&me), "everything.v1.Evrything", "Echo", None, None)
        .await
        .err()
        .unwrap();
    assert_eq!(error.code, Code::NotFound);
    assert!(error.message.contains("did you mean `everything.v1.Everything`?"), "{error}");
    let error = world
        .gateway
        .route_grpc(Some(&me), "everything.v1.Everything", "Ecko", None, None)
        .await
        .err()
        .unwrap();
    assert_eq!(error.code, Code::NotFound);
    let error =
        world.gateway.route_grpc(None, "everything.v1.Everything", "Echo", None, None).await.err().unwrap();
    assert_eq!(error.code, Code::Unauthenticated);
}

#[tokio::test]
async fn versions_and_instances_can_be_chosen() {
    let (old, new) = (Server::start(Reflects::V1).await, Server::start(Reflects::V1).await);
    let versioned = |id: &str, server: &Server, version: &str| Instance {
        version: version.to_owned(),
        ..instance(id, &server.address)
    };
    let instances = vec![versioned("o", &old, "1.9.0"), versioned("n", &new, "1.10.0")];
    let world = World::new(vec![service("everything", instances)]).await;
    world.until(|table| table.pending == 0).await;
    let me = testing::principal("me");
    let routed = |version: Option<&'static str>, id: Option<&'static str>| {
        let (gateway, me) = (world.gateway.clone(), me.clone());
        async move {
            let plan = gateway.route_named(Some(&me), "everything", "Echo", version, id).await?;
            Ok::<_, Error>(plan.candidates.iter().map(|one| one.instance.id.clone()).collect::<Vec<_>>())
        }
    };
    assert_eq!(routed(None, None).await.unwrap(), ["o", "n"]);
    assert_eq!(routed(Some("1.9.0"), None).await.unwrap(), ["o"]);
    assert_eq!(routed(None, Some("n")).await.unwrap(), ["n"]);
    assert!(routed(Some("2"), None).await.unwrap_err().message.contains("there is 1.9.0, 1.10.0"));
    let newest = world.gateway.description(&me, "everything", None).await.unwrap();
    assert_eq!(newest.version, "1.10.0");
}

#[tokio::test]
async fn the_last_description_stays_while_an_instance_is_down_and_it_is_asked_again_when_it_returns() {
    let server = Server::start(Reflects::V1).await;
    let address = server.address.clone();
    let world = World::new(everything(&[&server])).await;
    assert!(route(&world, None).await.is_ok());
    drop(server);
    let with = |status| vec![service("everything", vec![Instance { status, ..instance("i0", &address) }])];
    world.set(with(Status::Failing));
    world.until(|table| table.revision == 2).await;
    assert!(route(&world, None).await.is_ok());

    // It returns without reflection: the question is asked, and the old answer stays.
    let server = loop {
        if tokio::net::TcpStream::connect(&address).await.is_err() {
            break Server::at(&address, Reflects::Nothing, false).await;
        }
        tokio::task::yield_now().await;
    };
    world.set(with(Status::Up));
    world.until(|table| table.services["everything"].undescribed.is_some()).await;
    assert!(route(&world, None).await.is_ok());
    assert_eq!(world.call("Echo", &[], b"").await.unwrap().status(), "0");
    drop(server);
}

#[tokio::test]
async fn what_left_the_catalog_is_forgotten() {
    let server = Server::start(Reflects::V1).await;
    let world = World::new(everything(&[&server])).await;
    assert!(route(&world, None).await.is_ok());
    world.set(Vec::new());
    world.until(|table| table.revision == 2).await;
    assert_eq!(route(&world, None).await.unwrap_err().code, Code::NotFound);
}
