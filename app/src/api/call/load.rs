//! What the call page shows, gathered on the server.

use super::part::{needed, tree, url_name};
use super::post::Posted;
use super::{Answered, Asked, Body, Filled, Found, Listed, Outcome, Past, Prepared, Source, View, compare};
use crate::AppError;
use crate::pages::call::deadline::UNITS_MS;
use leptos::prelude::use_context;
use micro_client::Client;
use micro_domain::call::{Answer, Caller, Draft, Ended, Example, HistoryQuery, Record, Target};
use micro_domain::form::json::pretty;
use micro_domain::schema::{Method, Schema, Unresolved};
use micro_domain::{Code, Error, suggest};
use std::time::Duration;

/// Past calls the page lists.
const HISTORY_SHOWN: u32 = 20;
/// How long a call's record is waited for: it is written after the answer.
const RECORD_WAIT: Duration = Duration::from_secs(2);
/// How often it is looked for meanwhile.
const RECORD_POLL: Duration = Duration::from_millis(40);

pub(super) async fn load(client: Client, asked: Asked) -> Result<Found, AppError> {
    // Read before the first wait: the context is the request's.
    let posted = use_context::<Posted>();
    let version = posted.as_ref().map_or(&asked.version, |posted| &posted.filled.version);
    let (mut registry, mut gateway) = (client.registry(), client.gateway());
    let described = gateway.describe(&asked.service, some(version));
    let (service, described) = futures::join!(registry.get(&asked.service), described);
    let service = match service {
        Ok(service) => service,
        Err(error) if error.code == Code::NotFound => {
            let catalog = registry.list().await?;
            let names = catalog.services.iter().map(|service| service.name.as_str());
            return Ok(Found::NoService(suggest::nearest(&asked.service, names).map(str::to_owned)));
        }
        Err(error) => return Err(error.into()),
    };
    let schema = match described {
        Ok(described) => described.schema,
        Err(error) => return Ok(Found::Undescribed(error.into())),
    };
    let method = match schema.method(&asked.method) {
        Ok(method) => method.clone(),
        Err(Unresolved::Unknown(nearest)) => return Ok(Found::NoMethod(nearest.into_iter().collect())),
        Err(Unresolved::Ambiguous(candidates)) => return Ok(Found::NoMethod(candidates)),
    };
    let full_name = method.full_name();
    let mut identity = client.identity();
    let (history, examples, tokens) = futures::join!(
        history(&client, &service.name, &full_name),
        examples(&client, &service.name, &full_name),
        identity.tokens()
    );
    let (history, examples) = (history.unwrap_or_default(), examples.unwrap_or_default());
    let tokens = tokens.unwrap_or_default().into_iter().filter(|token| !token.bot);
    let tokens = tokens.map(|token| (token.id, token.name)).collect();
    let (tree, tree_omitted) = tree(&schema);
    let mut prepared = Prepared {
        url_name: url_name(&schema, &method),
        schema: needed(&schema, &method),
        filled: fresh(&asked),
        outcome: None,
        tally: None,
        comparison: None,
        shared: None,
        problem: None,
        examples,
        tokens,
        service,
        method,
        tree,
        tree_omitted,
        history,
    };
    match posted {
        Some(posted) => {
            prepared.filled = posted.filled;
            prepared.outcome = posted.outcome;
            prepared.tally = posted.tally;
            prepared.shared = posted.shared;
            prepared.problem = posted.problem;
        }
        None => fill(&client, &asked, &schema, &mut prepared).await,
    }
    Ok(Found::Method(Box::new(prepared)))
}

fn some(text: &str) -> Option<&str> {
    Some(text).filter(|text| !text.is_empty())
}

fn fresh(asked: &Asked) -> Filled {
    Filled {
        source: Source::Fresh,
        body: Body::Json("{}".to_owned()),
        view: asked.view,
        metadata: Vec::new(),
        deadline: String::new(),
        version: asked.version.clone(),
        instance: asked.instance.clone(),
        caller: Caller::Me,
        repeat: String::new(),
        confirmed: false,
        attempted: false,
    }
}

/// Fills the request from the draft or record the URL names. Sends nothing.
async fn fill(client: &Client, asked: &Asked, schema: &Schema, prepared: &mut Prepared) {
    let mut gateway = client.gateway();
    let filled = if !asked.draft.is_empty() {
        let draft = gateway.draft(&asked.draft).await;
        draft.and_then(|draft| check(&draft.target, schema, prepared).map(|()| (drafted(draft), None)))
    } else if !asked.example.is_empty() {
        let method = prepared.method.full_name();
        let example = example(client, &asked.service, &method, &asked.example).await;
        example.map(|example| (exemplified(example), None))
    } else if !asked.history.is_empty() {
        let record = gateway.record(&asked.history).await;
        if let (Ok(shown), false) = (&record, asked.compare.is_empty()) {
            match compare::compare(client, shown, &asked.compare).await {
                Ok(comparison) => prepared.comparison = Some(comparison),
                Err(error) => prepared.problem = Some(error.into()),
            }
        }
        record.and_then(|record| {
            check(&record.target, schema, prepared)?;
            let (filled, outcome) = past(record);
            Ok((filled, Some(outcome)))
        })
    } else {
        return;
    };
    match filled {
        Ok((filled, outcome)) => {
            prepared.filled = Filled { view: asked.view, ..filled };
            prepared.outcome = outcome;
        }
        Err(error) => prepared.problem = Some(error.into()),
    }
}

/// Whether what was kept calls the method of this page.
fn check(target: &Target, schema: &Schema, prepared: &Prepared) -> Result<(), Error> {
    let same = schema.method(&target.method).is_ok_and(|method| *method == prepared.method);
    if same && target.service == prepared.service.name {
        return Ok(());
    }
    Err(Error::not_found(format!(
        "This link calls {} of {}, not the method of this page.",
        target.method, target.service
    )))
}

fn drafted(draft: Draft) -> Filled {
    requested(draft.target, &draft.requests, Source::Draft { author: draft.author, at_ms: draft.at_ms })
}

/// A past call as the page shows it.
pub(super) fn past(record: Record) -> (Filled, Outcome) {
    let answer = Answer { opened: record.opened, messages: record.responses, ended: record.ended };
    let answered = Answered { answer, record: Some(record.id), at_ms: Some(record.at_ms), cut: false };
    let filled = requested(record.target, &record.requests, Source::Past { at_ms: record.at_ms });
    (filled, Outcome::Answered(Box::new(answered)))
}

fn requested(target: Target, requests: &[String], source: Source) -> Filled {
    let body = match requests {
        [] => "{}".to_owned(),
        [one] => pretty(one),
        several => several.join("\n"),
    };
    Filled {
        source,
        body: Body::Json(body),
        view: View::Form,
        metadata: target.metadata,
        deadline: target.timeout_ms.map(deadline).unwrap_or_default(),
        version: target.version.unwrap_or_default(),
        instance: target.instance.unwrap_or_default(),
        caller: target.caller,
        repeat: String::new(),
        confirmed: false,
        attempted: false,
    }
}

pub(super) async fn history(client: &Client, service: &str, method: &str) -> Result<Vec<Past>, AppError> {
    let query = HistoryQuery {
        service: Some(service.to_owned()),
        method: Some(method.to_owned()),
        page_size: HISTORY_SHOWN,
        page_token: None,
    };
    let records = client.gateway().history(query).await?.items;
    Ok(records.iter().map(listed).collect())
}

/// A record in one line.
pub(super) fn listed(record: &Record) -> Past {
    Past {
        id: record.id.clone(),
        at_ms: record.at_ms,
        code: record.ended.code,
        duration_us: record.ended.duration_us,
    }
}

/// The examples of a method, by name.
pub(super) async fn examples(client: &Client, service: &str, method: &str) -> Result<Vec<Listed>, Error> {
    let examples = client.gateway().examples(service, method).await?;
    let listed = |one: Example| Listed { id: one.id, name: one.name, author: one.author, own: one.own };
    Ok(examples.into_iter().map(listed).collect())
}

/// One example of a method.
pub(super) async fn example(
    client: &Client,
    service: &str,
    method: &str,
    id: &str,
) -> Result<Example, Error> {
    let examples = client.gateway().examples(service, method).await?;
    let found = examples.into_iter().find(|example| example.id == id);
    found.ok_or_else(|| Error::not_found("This example is gone; whoever saved it removed it."))
}

/// An example as the page shows it.
pub(super) fn exemplified(example: Example) -> Filled {
    requested(example.target, &example.requests, Source::Example { name: example.name })
}

/// The id of the record of a call that ended so; none where it is not written in time, or not kept at all.
pub(super) async fn record_of(client: &Client, ended: &Ended) -> Option<String> {
    written(client, &ended.id).await.then(|| ended.id.clone())
}

/// Waits until the record of this id is written; false when that takes too long.
pub(super) async fn written(client: &Client, id: &str) -> bool {
    let mut gateway = client.gateway();
    let look = async {
        loop {
            match gateway.record(id).await {
                Err(error) if error.code == Code::NotFound => tokio::time::sleep(RECORD_POLL).await,
                found => return found.is_ok(),
            }
        }
    };
    !id.is_empty() && tokio::time::timeout(RECORD_WAIT, look).await.unwrap_or(false)
}

/// The schema and the method a form posted for.
pub(super) async fn resolve(
    client: &Client,
    service: &str,
    version: &str,
    method: &str,
) -> Result<(Schema, Method), Error> {
    let schema = client.gateway().describe(service, some(version)).await?.schema;
    let method = schema.method(method).cloned();
    let method = method.map_err(|_| Error::not_found(format!("{service} has no such method.")))?;
    Ok((schema, method))
}

/// Milliseconds as one would type them.
fn deadline(ms: u64) -> String {
    let unit = UNITS_MS.iter().rev().find(|(_, unit_ms)| ms.is_multiple_of(*unit_ms));
    unit.map_or_else(|| format!("{ms}ms"), |(unit, unit_ms)| format!("{}{unit}", ms / unit_ms))
}

#[cfg(test)]
mod tests {
    #[test]
    fn deadlines_are_written_as_typed() {
        for (ms, shown) in [(5_000, "5s"), (90_000, "90s"), (60_000, "1m"), (1_500, "1500ms")] {
            assert_eq!(super::deadline(ms), shown);
        }
    }
}
