//! What the tests share: one server with the test services of every language there is.

use http_body_util::BodyExt as _;
use micro_support::{Micro, Process, Toolbox, Zoo, until, wire::Types};
use serde_json::Value;
use std::{
    io::Write as _,
    ops::Deref,
    path::{Path, PathBuf},
    sync::OnceLock,
    time::Duration,
};

/// The languages of the test services.
pub(crate) const LANGUAGES: [&str; 3] = ["python", "go", "node"];
/// How long what happens by itself may take while a build shares the machine.
pub(crate) const SOON: Duration = Duration::from_secs(20);

/// A server, what is registered with it, and what can be started beside it.
pub(crate) struct World {
    pub(crate) micro: Micro,
    pub(crate) toolbox: &'static Toolbox,
    pub(crate) types: Types,
    zoos: Vec<Zoo>,
}

/// The shared world as one test holds it: a failing test shows the server's log.
pub(crate) struct Shared(&'static World);

impl Deref for Shared {
    type Target = World;

    fn deref(&self) -> &World {
        self.0
    }
}

impl Drop for Shared {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.micro.show_log();
        }
    }
}

/// The shared world; the first to ask starts it.
pub(crate) fn world() -> Shared {
    static WORLD: OnceLock<World> = OnceLock::new();
    Shared(WORLD.get_or_init(World::start))
}

impl World {
    fn start() -> Self {
        let toolbox = toolbox();
        let (micro, zoos) = std::thread::scope(|scope| {
            let micro = scope.spawn(start);
            let there = LANGUAGES.iter().filter(|language| toolbox.missing(language).is_none());
            let zoos: Vec<_> =
                there.map(|language| scope.spawn(move || toolbox.start(language, language))).collect();
            let zoos: Vec<Zoo> = zoos.into_iter().map(|zoo| zoo.join().unwrap()).collect();
            (micro.join().unwrap(), zoos)
        });
        for zoo in &zoos {
            register(&micro, &name(&zoo.language), &zoo.address, &described(toolbox, &zoo.language));
        }
        let world = Self { micro, toolbox, types: Types::read(toolbox.descriptors()), zoos };
        let names: Vec<String> = world.zoos.iter().map(|zoo| name(&zoo.language)).collect();
        // On a thread of its own: the caller may be inside a runtime.
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(all_up(&world.micro, &names));
            });
        });
        world
    }

    /// The language's test service; none where the language is missing, which is said.
    pub(crate) fn zoo(&self, language: &str) -> Option<&Zoo> {
        self.zoos.iter().find(|zoo| zoo.language == language)
    }

    /// A test service in whatever language there is.
    pub(crate) fn any_zoo(&self) -> &Zoo {
        self.zoos.iter().find(|zoo| zoo.language == "go").or_else(|| self.zoos.first()).unwrap()
    }

    /// The name `any_zoo` is registered by.
    pub(crate) fn any_name(&self) -> String {
        name(&self.any_zoo().language)
    }
}

/// The name a language's test service is registered by.
pub(crate) fn name(language: &str) -> String {
    format!("zoo-{language}")
}

/// The program under test: `MICRO_BIN`, else what is built beside the tests.
pub(crate) fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| {
        #[expect(clippy::disallowed_methods, reason = "a test's only setting")]
        let given = std::env::var_os("MICRO_BIN");
        let beside = || std::env::current_exe().unwrap().parent().unwrap().parent().unwrap().join("micro");
        let program = given.map_or_else(beside, PathBuf::from);
        assert!(program.exists(), "{} is not built: cargo build -p micro-cli", program.display());
        program
    })
}

/// A server of one's own.
pub(crate) fn start() -> Micro {
    Micro::start(program())
}

/// The test services' programs. Says once which languages are missing.
pub(crate) fn toolbox() -> &'static Toolbox {
    static TOOLBOX: OnceLock<Toolbox> = OnceLock::new();
    TOOLBOX.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().parent().unwrap();
        let toolbox = Toolbox::install(root);
        for language in LANGUAGES {
            if let Some(reason) = toolbox.missing(language) {
                // Not through the macros, whose output is shown of failing tests only.
                let _ = writeln!(std::io::stderr(), "SKIPPED: tests with {language}: {reason}");
            }
        }
        toolbox
    })
}

/// Starts a service of some language there is.
pub(crate) fn any_zoo(label: &str) -> Zoo {
    let toolbox = toolbox();
    let order = ["go", "python", "node"];
    let language = order.iter().find(|language| toolbox.missing(language).is_none());
    toolbox.start(language.unwrap_or_else(|| panic!("no language is installed")), label)
}

/// What `micro register` needs beside the address.
pub(crate) fn described(toolbox: &Toolbox, language: &str) -> Vec<String> {
    let file = toolbox.uploaded(language);
    file.map(|file| vec!["--descriptors".to_owned(), file.display().to_string()]).unwrap_or_default()
}

/// Registers an instance for good.
pub(crate) fn register(micro: &Micro, name: &str, address: &str, more: &[String]) {
    let mut arguments = vec!["register", name, "--grpc", address];
    arguments.extend(more.iter().map(String::as_str));
    micro.cli(&arguments).ok();
}

/// Registers a test service and waits until it can be called.
pub(crate) async fn open(micro: &Micro, name: &str, zoo: &Zoo, more: &[&str]) {
    let mut arguments = described(toolbox(), &zoo.language);
    arguments.extend(more.iter().map(|word| (*word).to_owned()));
    register(micro, name, &zoo.address, &arguments);
    all_up(micro, &[name.to_owned()]).await;
}

/// Waits until services are up and described.
pub(crate) async fn all_up(micro: &Micro, names: &[String]) {
    for name in names {
        until(&format!("{name} is up and described"), SOON, async || {
            let up = service(micro, name).is_some_and(|service| service["status"] == "up");
            let described = || micro.cli(&["describe", name, "--output", "json"]);
            (up && described().stdout.contains("\"methods\":[{")).then_some(())
        })
        .await;
    }
}

/// A service as `micro services` lists it.
pub(crate) fn service(micro: &Micro, name: &str) -> Option<Value> {
    let all = micro.cli(&["services", "--output", "json"]).ok().json();
    all.as_array().unwrap().iter().find(|service| service["name"] == name).cloned()
}

/// Runs a command of the system on a process, in the background, such as `micro register --lease`.
pub(crate) fn background(micro: &Micro, name: &str, arguments: &[&str]) -> Process {
    Process::start(name, &mut micro.command(arguments), micro.folder())
}

/// What a body sends up to where it holds `wanted`.
pub(crate) async fn read_until(body: &mut hyper::body::Incoming, wanted: &str) -> String {
    let mut seen = String::new();
    while !seen.contains(wanted) {
        let frame = tokio::time::timeout(SOON, body.frame()).await;
        let frame = frame.unwrap_or_else(|_| panic!("no {wanted} in {seen}"));
        let frame = frame.unwrap_or_else(|| panic!("it ended without {wanted}: {seen}")).unwrap();
        seen.push_str(&String::from_utf8_lossy(&frame.into_data().unwrap_or_default()));
    }
    seen
}

/// Runs `test` with the language's test service, or says that it is skipped.
pub(crate) async fn with(language: &str, test: impl AsyncFnOnce(&World, &Zoo)) {
    let world = world();
    if let Some(zoo) = world.zoo(language) {
        test(&world, zoo).await;
    }
}

/// Makes of each `async fn NAME(world: &World, zoo: &Zoo)` a test per language.
macro_rules! in_each_language {
    ($($test:ident),+ $(,)?) => { $(
        mod $test {
            #[tokio::test]
            async fn python() {
                crate::world::with("python", super::$test).await;
            }

            #[tokio::test]
            async fn go() {
                crate::world::with("go", super::$test).await;
            }

            #[tokio::test]
            async fn node() {
                crate::world::with("node", super::$test).await;
            }
        }
    )+ };
}
pub(crate) use in_each_language;
