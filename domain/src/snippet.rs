//! How to call a method from elsewhere: the same call as curl, grpcurl, `micro`, Rust, Go, Python, JavaScript
//! and Java.

mod quote;
mod sample;

pub use sample::sample;

use crate::call::{Metadata, sensitive_metadata};
use crate::schema::Method;
use quote::{go, java, javascript, python, rust, shell};

/// The variable of the environment that snippets take the token from; no snippet holds a secret.
const TOKEN: &str = "MICRO_TOKEN";
/// What stands for the value of metadata that is a secret.
const SECRET: &str = "REPLACE_ME";

/// What to call.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// The base of Micro's address, without a slash at the end: `http://localhost:8080`.
    pub base_url: &'a str,
    /// The service's name in the catalog.
    pub service: &'a str,
    /// The method.
    pub method: &'a Method,
    /// Whether another gRPC service of the same schema has a method of this name.
    pub ambiguous: bool,
    /// The request messages as JSON; one, unless the caller streams.
    pub messages: &'a [String],
    /// What is sent along; rows without a name are not.
    pub metadata: &'a [Metadata],
    /// The deadline in milliseconds.
    pub timeout_ms: Option<u64>,
}

/// A call in one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snippet {
    /// A short word for URLs and ids.
    pub id: &'static str,
    /// What people call it.
    pub title: &'static str,
    /// The code.
    pub code: String,
}

impl Subject<'_> {
    /// The method as `/v1` and the CLI take it: its name where unique, else its full name.
    #[must_use]
    pub fn method_name(&self) -> String {
        if self.ambiguous { self.method.full_name() } else { self.method.name.clone() }
    }

    fn url(&self) -> String {
        format!("{}/v1/{}/{}", self.base_url, self.service, self.method_name())
    }

    /// The body of an HTTP request: one message, or one a line.
    fn body(&self) -> String {
        if self.messages.is_empty() { "{}".to_owned() } else { self.messages.join("\n") }
    }

    /// The metadata that is sent, without its secrets. The credential is not among it: every snippet has its own.
    fn metadata(&self) -> impl Iterator<Item = (&str, &str)> {
        let rows = self.metadata.iter().map(|row| (row.name.trim(), row.value.trim()));
        rows.filter(|(name, _)| !name.is_empty() && !name.eq_ignore_ascii_case("authorization"))
            .map(|(name, value)| (name, if sensitive_metadata(name) { SECRET } else { value }))
    }

    /// The headers of an HTTP request, apart from the credential.
    fn headers(&self) -> Vec<(String, String)> {
        let mut headers = vec![("content-type".to_owned(), self.content_type().to_owned())];
        if let Some(timeout_ms) = self.timeout_ms {
            headers.push(("connect-timeout-ms".to_owned(), timeout_ms.to_string()));
        }
        headers.extend(self.metadata().map(|(name, value)| (name.to_lowercase(), value.to_owned())));
        headers
    }

    /// Each header of an HTTP request, written by `write`.
    fn each_header(&self, write: impl Fn(&str, &str) -> String) -> String {
        self.headers().iter().map(|(name, value)| write(name, value)).collect()
    }

    fn content_type(&self) -> &'static str {
        if self.method.client_streaming { "application/x-ndjson" } else { "application/json" }
    }
}

/// The call in every language, in the order shown.
#[must_use]
pub fn snippets(subject: &Subject<'_>) -> Vec<Snippet> {
    let snippet = |id, title, code| Snippet { id, title, code };
    vec![
        snippet("curl", "curl", curl(subject)),
        snippet("grpcurl", "grpcurl", grpcurl(subject)),
        snippet("micro", "micro", micro(subject)),
        snippet("rust", "Rust", in_rust(subject)),
        snippet("go", "Go", in_go(subject)),
        snippet("python", "Python", in_python(subject)),
        snippet("javascript", "JavaScript", in_javascript(subject)),
        snippet("java", "Java", in_java(subject)),
    ]
}

fn curl(subject: &Subject<'_>) -> String {
    // Streams are printed as they come.
    let unbuffered = if subject.method.server_streaming { "--no-buffer " } else { "" };
    let headers =
        subject.each_header(|name, value| format!(" \\\n  --header {}", shell(&format!("{name}: {value}"))));
    format!(
        "curl {unbuffered}{} \\\n  --header \"authorization: Bearer ${TOKEN}\"{headers} \\\n  --data-binary {}",
        shell(&subject.url()),
        shell(&subject.body()),
    )
}

fn grpcurl(subject: &Subject<'_>) -> String {
    let (plaintext, authority) = match subject.base_url.split_once("://") {
        Some(("http", rest)) => ("-plaintext ", with_port(rest, 80)),
        Some((_, rest)) => ("", with_port(rest, 443)),
        None => ("", with_port(subject.base_url, 443)),
    };
    let metadata: String = subject
        .metadata()
        .map(|(name, value)| format!("-H {} ", shell(&format!("{name}: {value}"))))
        .collect();
    let timeout = subject.timeout_ms.map(|ms| format!("-max-time {} ", seconds(ms))).unwrap_or_default();
    let method = subject.method.path();
    format!(
        "grpcurl {plaintext}-H \"authorization: Bearer ${TOKEN}\" -H {} \\\n  {metadata}{timeout}-d {} \\\n  {} {}",
        shell(&format!("micro-service: {}", subject.service)),
        shell(&subject.body()),
        shell(&authority),
        shell(method.trim_start_matches('/')),
    )
}

/// `1.5`: seconds, with what is left of one.
fn seconds(ms: u64) -> String {
    let rest = format!("{:03}", ms % 1_000);
    let rest = rest.trim_end_matches('0');
    if rest.is_empty() { (ms / 1_000).to_string() } else { format!("{}.{rest}", ms / 1_000) }
}

/// `host:port` of an address whose port may be left out.
fn with_port(authority: &str, default: u16) -> String {
    let authority = authority.split('/').next().unwrap_or(authority);
    let after_host = authority.rsplit(']').next().unwrap_or(authority);
    if after_host.contains(':') { authority.to_owned() } else { format!("{authority}:{default}") }
}

fn micro(subject: &Subject<'_>) -> String {
    let metadata: String = subject
        .metadata()
        .map(|(name, value)| format!(" -H {}", shell(&format!("{name}:{value}"))))
        .collect();
    let timeout = subject.timeout_ms.map(|ms| format!(" --timeout {ms}ms")).unwrap_or_default();
    let call = format!("micro call {} {}", shell(subject.service), shell(&subject.method_name()));
    if subject.method.client_streaming {
        format!("printf '%s\\n' {} | {call} -{metadata}{timeout}", shell(&subject.body()))
    } else {
        format!("{call} {}{metadata}{timeout}", shell(&subject.body()))
    }
}

fn in_rust(subject: &Subject<'_>) -> String {
    let headers =
        subject.each_header(|name, value| format!("        .header({}, {})\n", rust(name), rust(value)));
    format!(
        "// [dependencies] reqwest = {{ version = \"0.12\", features = [\"blocking\"] }}\n\
         fn main() -> Result<(), Box<dyn std::error::Error>> {{\n    \
             let response = reqwest::blocking::Client::new()\n        \
                 .post({})\n        \
                 .bearer_auth(std::env::var(\"{TOKEN}\")?)\n\
         {headers}        \
                 .body({})\n        \
                 .send()?;\n    \
             println!(\"{{}} {{}}\", response.status(), response.text()?);\n    \
             Ok(())\n\
         }}",
        rust(&subject.url()),
        rust(&subject.body()),
    )
}

fn in_go(subject: &Subject<'_>) -> String {
    let headers =
        subject.each_header(|name, value| format!("\trequest.Header.Set({}, {})\n", go(name), go(value)));
    format!(
        "package main\n\nimport (\n\t\"io\"\n\t\"log\"\n\t\"net/http\"\n\t\"os\"\n\t\"strings\"\n)\n\n\
         func main() {{\n\
         \tbody := strings.NewReader({})\n\
         \trequest, err := http.NewRequest(\"POST\", {}, body)\n\
         \tif err != nil {{\n\t\tlog.Fatal(err)\n\t}}\n\
         \trequest.Header.Set(\"authorization\", \"Bearer \"+os.Getenv(\"{TOKEN}\"))\n\
         {headers}\
         \tresponse, err := http.DefaultClient.Do(request)\n\
         \tif err != nil {{\n\t\tlog.Fatal(err)\n\t}}\n\
         \tdefer response.Body.Close()\n\
         \tio.Copy(os.Stdout, response.Body)\n\
         }}",
        go(&subject.body()),
        go(&subject.url()),
    )
}

fn in_python(subject: &Subject<'_>) -> String {
    let headers =
        subject.each_header(|name, value| format!("        {}: {},\n", python(name), python(value)));
    format!(
        "import os\nimport urllib.request\n\n\
         request = urllib.request.Request(\n    {},\n    data={}.encode(),\n    headers={{\n        \
         \"authorization\": \"Bearer \" + os.environ[\"{TOKEN}\"],\n\
         {headers}    }},\n)\n\
         with urllib.request.urlopen(request) as response:\n    for line in response:\n        print(line.decode(), end=\"\")",
        python(&subject.url()),
        python(&subject.body()),
    )
}

fn in_javascript(subject: &Subject<'_>) -> String {
    let read = if subject.method.server_streaming {
        "for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {\n  process.stdout.write(chunk);\n}"
    } else {
        "console.log(response.status, await response.json());"
    };
    let headers =
        subject.each_header(|name, value| format!("    {}: {},\n", javascript(name), javascript(value)));
    format!(
        "// Node 18 or later, as a module\n\
         const response = await fetch({}, {{\n  method: \"POST\",\n  headers: {{\n    \
         authorization: `Bearer ${{process.env.{TOKEN}}}`,\n\
         {headers}  }},\n  body: {},\n}});\n{read}",
        javascript(&subject.url()),
        javascript(&subject.body()),
    )
}

fn in_java(subject: &Subject<'_>) -> String {
    let headers =
        subject.each_header(|name, value| format!("            .header({}, {})\n", java(name), java(value)));
    format!(
        "import java.net.URI;\nimport java.net.http.*;\n\n\
         class Call {{\n    \
             public static void main(String[] args) throws Exception {{\n        \
                 var request = HttpRequest.newBuilder(URI.create({}))\n            \
                     .header(\"authorization\", \"Bearer \" + System.getenv(\"{TOKEN}\"))\n\
         {headers}            \
                     .POST(HttpRequest.BodyPublishers.ofString({}))\n            \
                     .build();\n        \
                 var lines = HttpClient.newHttpClient().send(request, HttpResponse.BodyHandlers.ofLines());\n        \
                 lines.body().forEach(System.out::println);\n    \
             }}\n\
         }}",
        java(&subject.url()),
        java(&subject.body()),
    )
}

#[cfg(test)]
mod tests;
