//! helloworld: greets in each of the four ways a method can talk.

use std::pin::Pin;
use std::time::Duration;

use futures::{Stream, StreamExt, TryStreamExt, stream};
use tonic::service::Routes;
use tonic::{Request, Response, Status, Streaming};

use self::pb::helloworld_server::{Helloworld, HelloworldServer};
use crate::{Base, status};

crate::generated!("helloworld");

/// The longest name that is greeted.
const NAME_LIMIT_BYTES: usize = 256;
/// How many greetings one `Stream` sends at most.
const STREAM_LIMIT_MESSAGES: u32 = 1_000;
/// How many greetings `Stream` sends where the caller does not say.
const STREAM_DEFAULT_MESSAGES: u32 = 5;
/// The longest pause between two greetings.
const INTERVAL_LIMIT: Duration = Duration::from_secs(60);
/// How many names one `Collect` takes at most.
const COLLECT_LIMIT_NAMES: usize = 1_000;

/// The service, for the catalog.
pub(crate) fn base() -> Base {
    Base::new("helloworld", DESCRIPTORS, Routes::new(HelloworldServer::new(Greeter)))
}

struct Greeter;

type Answers<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

#[tonic::async_trait]
impl Helloworld for Greeter {
    type StreamStream = Answers<pb::StreamResponse>;
    type ChatStream = Answers<pb::ChatResponse>;

    async fn hello(&self, request: Request<pb::HelloRequest>) -> Result<Response<pb::HelloResponse>, Status> {
        let message = greeting(&request.get_ref().name)?;
        Ok(Response::new(pb::HelloResponse { message }))
    }

    async fn stream(
        &self,
        request: Request<pb::StreamRequest>,
    ) -> Result<Response<Self::StreamStream>, Status> {
        let pb::StreamRequest { name, count, interval } = request.into_inner();
        let message = greeting(&name)?;
        let count = count.unwrap_or(STREAM_DEFAULT_MESSAGES);
        if count > STREAM_LIMIT_MESSAGES {
            let problem = format!("is {count}, at most {STREAM_LIMIT_MESSAGES} are sent");
            return Err(status::invalid("count", problem));
        }
        let interval = status::duration("interval", interval, INTERVAL_LIMIT)?;
        let answers = stream::iter(1..=count).then(move |number| {
            let message = message.clone();
            async move {
                if let Some(pause) = interval.filter(|_| number > 1) {
                    tokio::time::sleep(pause).await;
                }
                Ok(pb::StreamResponse { message, number, remaining: count - number })
            }
        });
        Ok(Response::new(answers.boxed()))
    }

    async fn collect(
        &self,
        request: Request<Streaming<pb::CollectRequest>>,
    ) -> Result<Response<pb::CollectResponse>, Status> {
        let mut requests = request.into_inner();
        let mut names = Vec::new();
        while let Some(pb::CollectRequest { name }) = requests.try_next().await? {
            status::at_most("name", &name, NAME_LIMIT_BYTES)?;
            if name.is_empty() {
                continue;
            }
            if names.len() == COLLECT_LIMIT_NAMES {
                let message = format!("More than {COLLECT_LIMIT_NAMES} names: greet them in several calls.");
                return Err(Status::resource_exhausted(message));
            }
            names.push(name);
        }
        let count = u32::try_from(names.len()).unwrap_or(u32::MAX);
        Ok(Response::new(pb::CollectResponse { message: hello(&enumeration(&names)), count }))
    }

    async fn chat(
        &self,
        request: Request<Streaming<pb::ChatRequest>>,
    ) -> Result<Response<Self::ChatStream>, Status> {
        let answers = request.into_inner().enumerate().map(|(index, message)| {
            let message = greeting(&message?.name)?;
            Ok(pb::ChatResponse { message, number: index as u64 + 1 })
        });
        Ok(Response::new(answers.boxed()))
    }
}

/// The greeting for a name a caller gave; for the whole world where it is empty.
fn greeting(name: &str) -> Result<String, Status> {
    status::at_most("name", name, NAME_LIMIT_BYTES)?;
    Ok(hello(name))
}

fn hello(whom: &str) -> String {
    format!("Hello, {}", if whom.is_empty() { "world" } else { whom })
}

/// Names as a sentence lists them: "Ann, Bob and Cid".
fn enumeration(names: &[String]) -> String {
    match names {
        [] => String::new(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_the_world() {
        assert_eq!(greeting("").expect("short"), "Hello, world");
        assert_eq!(greeting("Ann").expect("short"), "Hello, Ann");
        assert!(greeting(&"a".repeat(NAME_LIMIT_BYTES + 1)).is_err());
    }

    #[test]
    fn names_are_listed_as_in_a_sentence() {
        let names = |names: &[&str]| enumeration(&names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(names(&[]), "");
        assert_eq!(names(&["Ann"]), "Ann");
        assert_eq!(names(&["Ann", "Bob"]), "Ann and Bob");
        assert_eq!(names(&["Ann", "Bob", "Cid"]), "Ann, Bob and Cid");
    }
}
