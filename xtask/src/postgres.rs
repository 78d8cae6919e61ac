//! A PostgreSQL server of our own, for the time of the tests.

use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::{install, process, workspace};

/// How often another port is tried, should somebody take the chosen one first.
const PORT_ATTEMPTS: usize = 5;

/// A running cluster; dropping it stops the server and deletes the data.
pub(crate) struct Cluster {
    programs: PathBuf,
    folder: PathBuf,
    port: u16,
}

impl Cluster {
    /// Creates and starts a cluster that accepts local connections without a password and forgets on a crash.
    pub(crate) fn start() -> Result<Self> {
        let programs = programs()?;
        // In the system's temporary folder: the server refuses to run as root, and another account may be unable to
        // enter this checkout.
        let made = process::output(process::command("mktemp").args(["-d", "-t", "micro-postgres.XXXXXX"]))?;
        let mut cluster = Self { programs, folder: PathBuf::from(made.trim()), port: 0 };
        if is_root() {
            process::run_quietly(process::command("chown").arg(account()).arg(&cluster.folder))?;
        }
        let mut initdb = cluster.command("initdb");
        initdb.args(["--username=micro", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync", "-D"]);
        process::output(initdb.arg(cluster.data()))?;
        for _ in 0..PORT_ATTEMPTS {
            cluster.port = free_port()?;
            if process::succeeds(&mut cluster.starting()) {
                eprintln!("PostgreSQL listens at {}", cluster.url());
                return Ok(cluster);
            }
        }
        let log = std::fs::read_to_string(cluster.folder.join("log")).unwrap_or_default();
        bail!("PostgreSQL did not start:\n{log}")
    }

    /// Where tests find it; the account may create databases.
    pub(crate) fn url(&self) -> String {
        format!("postgres://micro@127.0.0.1:{}/postgres", self.port)
    }

    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn starting(&self) -> Command {
        let options = format!(
            "-p {} -c listen_addresses=127.0.0.1 -c unix_socket_directories={} -c fsync=off -c max_connections=200",
            self.port,
            self.folder.display()
        );
        let mut command = self.command("pg_ctl");
        command.args(["start", "--wait", "--silent", "-D"]).arg(self.data());
        command.arg("-l").arg(self.folder.join("log")).arg("-o").arg(options);
        command
    }

    /// One of PostgreSQL's programs, as an account it accepts.
    fn command(&self, program: &str) -> Command {
        let path = self.programs.join(program);
        let mut command = if is_root() {
            let mut command = process::command("runuser");
            command.args(["-u", account(), "--"]).arg(path);
            command
        } else {
            process::command(path)
        };
        command.current_dir(&self.folder);
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        process::succeeds(self.command("pg_ctl").args(["stop", "--mode=immediate", "-D"]).arg(self.data()));
        // Nothing is left to do about a folder that cannot be deleted; it is in the temporary one.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The folder of `initdb` and `pg_ctl`, installed where they are missing.
fn programs() -> Result<PathBuf> {
    if let Some(found) = installed() {
        return Ok(found);
    }
    install::apt(&["postgresql"])?;
    installed().context("PostgreSQL's package brought no initdb")
}

/// On `PATH`, or where Debian puts them; the newest version wins.
fn installed() -> Option<PathBuf> {
    if let Some(initdb) = workspace::program("initdb").and_then(|path| path.canonicalize().ok()) {
        return initdb.parent().map(Path::to_owned);
    }
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let folders = versions.filter_map(|entry| Some(entry.ok()?.path().join("bin")));
    let usable = folders.filter(|folder| workspace::is_executable(&folder.join("initdb")));
    usable.max_by_key(|folder| {
        let version =
            folder.parent().and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        version.and_then(|version| version.parse::<u32>().ok())
    })
}

fn is_root() -> bool {
    process::output(process::command("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// The account to use when this one is root.
fn account() -> &'static str {
    if process::succeeds(process::command("id").arg("postgres")) { "postgres" } else { "nobody" }
}

fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    Ok(listener.local_addr()?.port())
}
