//! url: short links, kept in the database. `links` reads and writes them; this is the edge.

mod links;

use ::url::Url as Address;
use tonic::service::Routes;
use tonic::{Code, Request, Response, Status};
use tonic_types::{ErrorDetails, StatusExt};

use self::links::Position;
pub use self::links::{ResolveError, resolve};
use self::pb::url_server::{Url, UrlServer};
use crate::{Base, Storage, StorageError, clock, random, status};

crate::generated!("url");

/// The longest address.
const URL_LIMIT_BYTES: usize = 2_048;
/// The longest ending a caller may choose.
const SLUG_LIMIT_BYTES: usize = 64;
/// The length of an ending that is drawn: 57^8 is about 10^14, so links cannot be found by trying.
const ID_CHARACTERS: usize = 8;
/// Letters and digits that nobody mistakes for one another when reading a link aloud or off paper.
const ID_ALPHABET: &[u8] = b"23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/// How often an ending that is taken is drawn anew.
const DRAWS_LIMIT: usize = 5;
const PAGE_LIMIT_LINKS: u32 = 100;
const PAGE_DEFAULT_LINKS: u32 = 50;
const NO_LINK: &str = "Check the link for a typing error; it may also never have existed.";
const DATABASE_FAILED: &str = "The short links cannot be read or written at the moment; try again.";

/// The service, for the catalog. Links begin with `public_url`.
pub(crate) fn base(storage: Storage, public_url: &str) -> Base {
    let shortener = Shortener { storage, prefix: format!("{}/u/", public_url.trim_end_matches('/')) };
    Base::new("url", DESCRIPTORS, Routes::new(UrlServer::new(shortener)))
}

struct Shortener {
    storage: Storage,
    /// What a link is before its ending.
    prefix: String,
}

impl Shortener {
    /// Stores the address under the ending the caller chose, or under one that is drawn, and tells which.
    async fn store(&self, address: &str, slug: &str) -> Result<String, Status> {
        let now_ms = clock::now().as_millisecond();
        if !slug.is_empty() {
            return match links::insert(&self.storage, slug, address, now_ms).await.map_err(failed)? {
                true => Ok(slug.to_owned()),
                false => Err(taken(slug)),
            };
        }
        for _ in 0..DRAWS_LIMIT {
            let id = random::text(ID_ALPHABET, ID_CHARACTERS)?;
            if links::insert(&self.storage, &id, address, now_ms).await.map_err(failed)? {
                return Ok(id);
            }
        }
        Err(Status::unavailable("No free ending came up; try again."))
    }

    fn link(&self, row: links::Model) -> pb::Link {
        let created_at = jiff::Timestamp::from_millisecond(row.created_at).ok().map(clock::to_proto);
        let hits = u64::try_from(row.hits).unwrap_or(0);
        pb::Link { short_url: self.short_url(&row.id), id: row.id, url: row.url, created_at, hits }
    }

    fn short_url(&self, id: &str) -> String {
        format!("{}{id}", self.prefix)
    }
}

#[tonic::async_trait]
impl Url for Shortener {
    async fn shorten(
        &self,
        request: Request<pb::ShortenRequest>,
    ) -> Result<Response<pb::ShortenResponse>, Status> {
        let pb::ShortenRequest { url, slug } = request.into_inner();
        let url = address(&url)?;
        ending(&slug)?;
        let id = self.store(&url, &slug).await?;
        Ok(Response::new(pb::ShortenResponse { short_url: self.short_url(&id), id, url }))
    }

    async fn resolve(
        &self,
        request: Request<pb::ResolveRequest>,
    ) -> Result<Response<pb::ResolveResponse>, Status> {
        let id = request.into_inner().id;
        if id.is_empty() {
            return Err(status::invalid("id", "is empty; give the ending of a short link"));
        }
        status::at_most("id", &id, SLUG_LIMIT_BYTES)?;
        match links::resolve(&self.storage, &id).await {
            Ok(url) => Ok(Response::new(pb::ResolveResponse { url })),
            Err(ResolveError::NotFound) => Err(status::not_found("short link", &id, NO_LINK)),
            Err(ResolveError::Storage(error)) => Err(failed(error)),
        }
    }

    async fn list(&self, request: Request<pb::ListRequest>) -> Result<Response<pb::ListResponse>, Status> {
        let pb::ListRequest { page_size, page_token } = request.into_inner();
        if page_size > PAGE_LIMIT_LINKS {
            let problem = format!("is {page_size}, at most {PAGE_LIMIT_LINKS} links are listed at a time");
            return Err(status::invalid("page_size", problem));
        }
        let size = if page_size == 0 { PAGE_DEFAULT_LINKS } else { page_size };
        let after = match page_token.is_empty() {
            true => None,
            false => Some(Position::parse(&page_token).ok_or_else(|| {
                status::invalid("page_token", "is none that List answered; leave it out for the first page")
            })?),
        };
        let (rows, next) = links::page(&self.storage, after, size).await.map_err(failed)?;
        let next_page_token = next.map(|position| position.to_string()).unwrap_or_default();
        let links = rows.into_iter().map(|row| self.link(row)).collect();
        Ok(Response::new(pb::ListResponse { links, next_page_token }))
    }
}

/// The address as browsers understand it; only what a browser can be sent on to.
fn address(text: &str) -> Result<String, Status> {
    status::at_most("url", text, URL_LIMIT_BYTES)?;
    let address = Address::parse(text).map_err(|error| {
        status::invalid("url", format!("is no full address such as https://example.com/page: {error}"))
    })?;
    if !matches!(address.scheme(), "http" | "https") {
        let problem = format!("begins with {}:, only http: and https: can be shortened", address.scheme());
        return Err(status::invalid("url", problem));
    }
    // Encoding may have made it longer.
    status::at_most("url", address.as_str(), URL_LIMIT_BYTES)?;
    Ok(address.into())
}

fn ending(slug: &str) -> Result<(), Status> {
    status::at_most("slug", slug, SLUG_LIMIT_BYTES)?;
    if slug.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')) {
        return Ok(());
    }
    Err(status::invalid("slug", "only the letters A to Z and a to z, digits, \"-\" and \"_\" are allowed"))
}

fn taken(slug: &str) -> Status {
    let advice = "Choose another ending, or leave it out to have one drawn.";
    Status::with_error_details(
        Code::AlreadyExists,
        format!("There is a short link \"{slug}\" already. {advice}"),
        ErrorDetails::with_resource_info("short link", slug, "", advice),
    )
}

fn failed(error: StorageError) -> Status {
    tracing::error!(error = &*error as &(dyn std::error::Error + 'static), "{DATABASE_FAILED}");
    Status::unavailable(DATABASE_FAILED)
}

#[cfg(test)]
#[expect(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_a_browser_can_be_sent_to() {
        assert_eq!(address("HTTPS://Example.COM/a b").expect("fine"), "https://example.com/a%20b");
        for refused in ["", "example.com", "javascript:alert(1)", "ftp://example.com", "/path", "https://"] {
            assert_eq!(address(refused).expect_err(refused).code(), Code::InvalidArgument);
        }
        let fits = format!("https://example.com/{}", "a".repeat(URL_LIMIT_BYTES - 20));
        assert!(address(&fits).is_ok());
        assert!(address(&format!("{fits}a")).is_err());
        assert!(
            address(&format!("https://example.com/{}", " x".repeat(900))).is_err(),
            "too long once encoded"
        );
    }

    #[test]
    fn endings_need_no_encoding() {
        for fine in ["", "a", "Release_2026-03", &"x".repeat(64)] {
            assert!(ending(fine).is_ok(), "{fine}");
        }
        for refused in ["a b", "a/b", "é", "?", &"x".repeat(65)] {
            assert!(ending(refused).is_err(), "{refused}");
        }
    }
}
