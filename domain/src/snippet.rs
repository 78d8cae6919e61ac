//! How to call a method from elsewhere: the same call as curl, grpcurl, `micro`, Rust, Go, Python and JavaScript.

mod quote;
mod sample;

pub use sample::sample;

use crate::schema::Method;
use quote::{go, javascript, python, rust, shell};

/// The variable of the environment that snippets take the token from; no snippet holds a secret.
const TOKEN: &str = "MICRO_TOKEN";

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
    ]
}

fn curl(subject: &Subject<'_>) -> String {
    // Streams are printed as they come.
    let unbuffered = if subject.method.server_streaming { "--no-buffer " } else { "" };
    format!(
        "curl {unbuffered}{} \\\n  --header \"authorization: Bearer ${TOKEN}\" \\\n  --header 'content-type: {}' \\\n  --data-binary {}",
        shell(&subject.url()),
        subject.content_type(),
        shell(&subject.body()),
    )
}

fn grpcurl(subject: &Subject<'_>) -> String {
    let (plaintext, authority) = match subject.base_url.split_once("://") {
        Some(("http", rest)) => ("-plaintext ", with_port(rest, 80)),
        Some((_, rest)) => ("", with_port(rest, 443)),
        None => ("", with_port(subject.base_url, 443)),
    };
    let method = subject.method.path();
    format!(
        "grpcurl {plaintext}-H \"authorization: Bearer ${TOKEN}\" -H {} \\\n  -d {} \\\n  {} {}",
        shell(&format!("micro-service: {}", subject.service)),
        shell(&subject.body()),
        shell(&authority),
        shell(method.trim_start_matches('/')),
    )
}

/// `host:port` of an address whose port may be left out.
fn with_port(authority: &str, default: u16) -> String {
    let authority = authority.split('/').next().unwrap_or(authority);
    let after_host = authority.rsplit(']').next().unwrap_or(authority);
    if after_host.contains(':') { authority.to_owned() } else { format!("{authority}:{default}") }
}

fn micro(subject: &Subject<'_>) -> String {
    let call = format!("micro call {} {}", shell(subject.service), shell(&subject.method_name()));
    if subject.method.client_streaming {
        format!("printf '%s\\n' {} | {call} -", shell(&subject.body()))
    } else {
        format!("{call} {}", shell(&subject.body()))
    }
}

fn in_rust(subject: &Subject<'_>) -> String {
    format!(
        "// [dependencies] reqwest = {{ version = \"0.12\", features = [\"blocking\"] }}\n\
         fn main() -> Result<(), Box<dyn std::error::Error>> {{\n    \
             let response = reqwest::blocking::Client::new()\n        \
                 .post({})\n        \
                 .bearer_auth(std::env::var(\"{TOKEN}\")?)\n        \
                 .header(\"content-type\", \"{}\")\n        \
                 .body({})\n        \
                 .send()?;\n    \
             println!(\"{{}} {{}}\", response.status(), response.text()?);\n    \
             Ok(())\n\
         }}",
        rust(&subject.url()),
        subject.content_type(),
        rust(&subject.body()),
    )
}

fn in_go(subject: &Subject<'_>) -> String {
    format!(
        "package main\n\nimport (\n\t\"io\"\n\t\"log\"\n\t\"net/http\"\n\t\"os\"\n\t\"strings\"\n)\n\n\
         func main() {{\n\
         \tbody := strings.NewReader({})\n\
         \trequest, err := http.NewRequest(\"POST\", {}, body)\n\
         \tif err != nil {{\n\t\tlog.Fatal(err)\n\t}}\n\
         \trequest.Header.Set(\"Authorization\", \"Bearer \"+os.Getenv(\"{TOKEN}\"))\n\
         \trequest.Header.Set(\"Content-Type\", \"{}\")\n\
         \tresponse, err := http.DefaultClient.Do(request)\n\
         \tif err != nil {{\n\t\tlog.Fatal(err)\n\t}}\n\
         \tdefer response.Body.Close()\n\
         \tio.Copy(os.Stdout, response.Body)\n\
         }}",
        go(&subject.body()),
        go(&subject.url()),
        subject.content_type(),
    )
}

fn in_python(subject: &Subject<'_>) -> String {
    format!(
        "import os\nimport urllib.request\n\n\
         request = urllib.request.Request(\n    {},\n    data={}.encode(),\n    headers={{\n        \
         \"Authorization\": \"Bearer \" + os.environ[\"{TOKEN}\"],\n        \
         \"Content-Type\": \"{}\",\n    }},\n)\n\
         with urllib.request.urlopen(request) as response:\n    for line in response:\n        print(line.decode(), end=\"\")",
        python(&subject.url()),
        python(&subject.body()),
        subject.content_type(),
    )
}

fn in_javascript(subject: &Subject<'_>) -> String {
    let read = if subject.method.server_streaming {
        "for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {\n  process.stdout.write(chunk);\n}"
    } else {
        "console.log(response.status, await response.json());"
    };
    format!(
        "// Node 18 or later, as a module\n\
         const response = await fetch({}, {{\n  method: \"POST\",\n  headers: {{\n    \
         Authorization: `Bearer ${{process.env.{TOKEN}}}`,\n    \
         \"Content-Type\": \"{}\",\n  }},\n  body: {},\n}});\n{read}",
        javascript(&subject.url()),
        subject.content_type(),
        javascript(&subject.body()),
    )
}

#[cfg(test)]
mod tests;
