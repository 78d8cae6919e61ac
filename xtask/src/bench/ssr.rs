//! `bench ssr`: the services page of 100 rows, as a signed-in browser asks for it.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::micro::Micro;
use super::peers::Upstream;
use super::statistics::percentile;
use super::{Options, load, verdict};
use crate::{process, workspace};

/// Services registered; with the eight that come with Micro they are the hundred rows of one page.
const ROWS: usize = 92;

/// Connections that ask at the same time.
const CONNECTIONS: u32 = 25;

/// The page that is measured.
const PAGE: &str = "/services?size=100";

pub(super) fn run(options: &Options, program: &Path, scratch: &Path) -> Result<()> {
    let upstream = Upstream::start(scratch)?;
    let micro = Micro::start(program, scratch, 1, &[])?;
    let address = format!("127.0.0.1:{}", upstream.port);
    for row in 0..ROWS {
        micro.cli(&["register", &format!("service-{row:03}"), "--grpc", &address])?;
    }
    let cookie = sign_in(&micro, scratch)?;
    let url = format!("{}{PAGE}", micro.url);
    let page = process::output(load::curl().args(["-H", &cookie, &url]))?;
    let rows = (0..ROWS).filter(|row| page.contains(&format!("service-{row:03}"))).count();
    println!(
        "\n{PAGE}: {rows} of {ROWS} services, {} bytes, {} gzip",
        page.len(),
        compressed(&cookie, &url, "gzip")?
    );
    println!("brotli: {} bytes", compressed(&cookie, &url, "br")?);
    if rows < ROWS {
        bail!("the page shows {rows} of {ROWS} services; figures for it would be for another page");
    }
    let (mut rates, mut per_core) = (Vec::new(), Vec::new());
    for _ in 0..options.rounds {
        let before = micro.server.cpu_seconds()?;
        let (requests, per_second) = load::wrk(&url, &cookie, CONNECTIONS, options.seconds)?;
        rates.push(per_second);
        per_core.push(requests / (micro.server.cpu_seconds()? - before));
    }
    println!(
        "{:.0} requests/s on one worker, {:.0} per core second (medians of {})",
        percentile(&mut rates, 0.5),
        percentile(&mut per_core, 0.5),
        options.rounds
    );
    first_view()
}

/// Signs in by the printed link, as a browser without scripts: the form, then its post. Returns the cookie header.
fn sign_in(micro: &Micro, scratch: &Path) -> Result<String> {
    let jar = scratch.join("cookies");
    let with_jar = |command: &mut Command| {
        command.arg("--cookie").arg(&jar).arg("--cookie-jar").arg(&jar);
    };
    let mut get = load::curl();
    with_jar(&mut get);
    let form = process::output(get.arg(&micro.sign_in))?;
    let mut post = load::curl();
    with_jar(&mut post);
    for (name, value) in hidden_fields(&form) {
        post.args(["--data-urlencode", &format!("{name}={value}")]);
    }
    post.args(["-H", &format!("Origin: {}", micro.url), "-H", "Sec-Fetch-Site: same-origin"]);
    process::output(post.arg(format!("{}/login", micro.url)))?;
    let text = std::fs::read_to_string(&jar).context("signing in set no cookie")?;
    let cookies: Vec<String> = text
        .lines()
        .filter(|line| !line.starts_with("# ") && line.contains('\t'))
        .filter_map(|line| {
            let mut fields = line.split('\t').skip(5);
            Some(format!("{}={}", fields.next()?, fields.next()?))
        })
        .collect();
    if cookies.is_empty() {
        bail!("signing in set no cookie; the form was:\n{form}");
    }
    Ok(format!("Cookie: {}", cookies.join("; ")))
}

/// Name and value of every hidden input.
fn hidden_fields(html: &str) -> Vec<(String, String)> {
    let attribute = |tag: &str, name: &str| {
        let rest = tag.split_once(&format!(" {name}=\""))?.1;
        Some(rest.split_once('"')?.0.replace("&amp;", "&"))
    };
    let inputs = html.split("<input").skip(1).filter_map(|rest| rest.split('>').next());
    let hidden = inputs.filter(|tag| tag.contains("type=\"hidden\""));
    hidden.filter_map(|tag| Some((attribute(tag, "name")?, attribute(tag, "value")?))).collect()
}

/// Bytes of the page in this encoding.
fn compressed(cookie: &str, url: &str, encoding: &str) -> Result<usize> {
    let accept = format!("Accept-Encoding: {encoding}");
    let done = load::curl().args(["-H", cookie, "-H", &accept, url]).output().context("cannot start curl")?;
    Ok(done.stdout.len())
}

/// Brotli bytes of what the first view loads besides the page.
fn first_view() -> Result<()> {
    let site = workspace::site();
    let manifest = std::fs::read_to_string(site.join("manifest.json")).context("no manifest")?;
    let manifest: serde_json::Value = serde_json::from_str(&manifest)?;
    let mut kilobytes = 0.0;
    for logical in ["js", "pages_js", "wasm"] {
        let name = manifest[logical].as_str().context("not in the manifest")?;
        let file = site.join(format!("{name}.br"));
        let length = u32::try_from(file.metadata().with_context(|| format!("no {name}.br"))?.len())?;
        kilobytes += f64::from(length) / 1000.0;
    }
    verdict("wasm and JavaScript, brotli", kilobytes, kilobytes, 300.0, 120.0, "kB");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_fields_are_found_in_any_order_of_attributes() {
        let html = r#"<form><input type="hidden" name="a" value="1&amp;2"><input name="b" type="text" value="x">
            <input value="3" type="hidden" name="c"/></form>"#;
        let expected = vec![("a".to_owned(), "1&2".to_owned()), ("c".to_owned(), "3".to_owned())];
        assert_eq!(hidden_fields(html), expected);
    }
}
