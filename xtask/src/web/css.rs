//! One style sheet out of `style/`, every import in its layer.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::{Result, anyhow, bail};
use lightningcss::bundler::{Bundler, FileProvider};
use lightningcss::dependencies::{Dependency, DependencyOptions};
use lightningcss::printer::PrinterOptions;
use lightningcss::stylesheet::{MinifyOptions, ParserFlags, ParserOptions};
use lightningcss::targets::{Browsers, Targets};

/// A browser's version as lightningcss counts it.
const fn version(major: u32, minor: u32) -> Option<u32> {
    Some(major << 16 | minor << 8)
}

/// The oldest browsers with `light-dark()`, cascade layers, nesting and `popover`: nothing the sheets use is rewritten.
const BROWSERS: Browsers = Browsers {
    android: None,
    chrome: version(123, 0),
    edge: version(123, 0),
    firefox: version(125, 0),
    ie: None,
    ios_saf: version(17, 5),
    opera: None,
    safari: version(17, 5),
    samsung: None,
};

/// Bundles and minifies. A mistake in any sheet is an error naming file and line, and so is a `url()` that names no file
/// of `public/`: `names` maps those files to their hashed names, which the result uses.
pub(super) fn bundle(main: &Path, names: &BTreeMap<String, String>) -> Result<Vec<u8>> {
    let files = FileProvider::new();
    let options =
        ParserOptions { error_recovery: false, flags: ParserFlags::empty(), ..ParserOptions::default() };
    let mut bundler = Bundler::new(&files, None, options);
    let targets = Targets::from(BROWSERS);
    let mut sheet = bundler.bundle(main).map_err(|error| anyhow!("style: {error}"))?;
    sheet
        .minify(MinifyOptions { targets, ..MinifyOptions::default() })
        .map_err(|error| anyhow!("style: {error}"))?;
    let printed = sheet
        .to_css(PrinterOptions {
            minify: true,
            targets,
            analyze_dependencies: Some(DependencyOptions { remove_imports: false }),
            ..PrinterOptions::default()
        })
        .map_err(|error| anyhow!("style: {error}"))?;
    let mut code = printed.code;
    for dependency in printed.dependencies.unwrap_or_default() {
        match dependency {
            Dependency::Url(found) => code = code.replace(&found.placeholder, &resolve(&found.url, names)?),
            Dependency::Import(found) => {
                bail!("style: @import of {} would be fetched by the browser", found.url)
            }
        }
    }
    Ok(code.into_bytes())
}

/// The address of a file of `public/`, relative to the style sheet, which is served from the same folder.
fn resolve(url: &str, names: &BTreeMap<String, String>) -> Result<String> {
    if url.starts_with("data:") || url.starts_with('#') {
        return Ok(url.to_owned());
    }
    let (path, fragment) = url.split_once('#').map_or((url, None), |(path, fragment)| (path, Some(fragment)));
    let logical = path.rsplit_once("public/").map_or(path, |(_, rest)| rest);
    let logical = logical.strip_prefix("/assets/").unwrap_or(logical);
    let Some(file) = names.get(logical) else {
        bail!("style: url({url}) names no file of public/; write it as url(\"/assets/NAME\")");
    };
    Ok(fragment.map_or_else(|| file.clone(), |fragment| format!("{file}#{fragment}")))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use std::fs;

    fn bundled(name: &str, sheets: &[(&str, &str)]) -> Result<String> {
        let folder = std::env::temp_dir().join(format!("micro-css-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        for (name, text) in sheets {
            fs::write(folder.join(name), text).unwrap();
        }
        let names = BTreeMap::from([("sans.woff2".to_owned(), "sans-1.woff2".to_owned())]);
        let done = bundle(&folder.join("main.css"), &names);
        fs::remove_dir_all(&folder).unwrap();
        done.map(|bytes| String::from_utf8(bytes).unwrap())
    }

    #[test]
    fn imports_land_in_their_layer_and_urls_are_hashed() {
        let main = "@layer a, b; @import \"x.css\" layer(b); @import \"y.css\" layer(a);";
        let x = ".x { color: light-dark(red, blue); background: url(/assets/sans.woff2#f) }";
        let css = bundled("good", &[("main.css", main), ("x.css", x), ("y.css", ".y{color:red}")]).unwrap();
        assert!(css.starts_with("@layer a{.y{color:red}}@layer b{.x{"), "{css}");
        assert!(css.contains("light-dark(red,") && css.contains("sans-1.woff2#f"), "{css}");
    }

    #[test]
    fn a_mistake_or_an_unknown_file_is_an_error() {
        assert!(
            bundled("mistake", &[("main.css", ".x { color: red")]).is_ok(),
            "CSS closes blocks at the end"
        );
        assert!(bundled("selector", &[("main.css", ".x:::y { color: red }")]).is_err());
        assert!(bundled("missing", &[("main.css", "@import \"no.css\";")]).is_err());
        let error = bundled("file", &[("main.css", ".x { background: url(no.png) }")]).unwrap_err();
        assert!(error.to_string().contains("no.png"), "{error}");
        assert!(bundled("host", &[("main.css", "@import \"https://example.org/a.css\";")]).is_err());
    }
}
