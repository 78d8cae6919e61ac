//! `bench footprint`: how long `micro server` takes to be ready, and what it holds at rest.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::micro;
use super::servers::{Server, free_port};
use super::statistics::percentile;
use super::verdict;

const STARTS: u32 = 20;

/// Memory is read once everything that starts lazily has settled.
const SETTLE: Duration = Duration::from_secs(5);

/// How many of the starts are left running until they settle.
const SETTLED: u32 = 3;

pub(super) fn run(program: &Path, scratch: &Path) -> Result<()> {
    let (mut ready, mut rss, mut pss, mut idle) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for start in 0..STARTS {
        let folder = scratch.join(format!("start-{start}"));
        std::fs::create_dir_all(&folder).context("cannot create a data folder")?;
        let port = free_port()?;
        let mut command = micro::server(program, &folder);
        command.args(["--listen", &format!("127.0.0.1:{port}")]).stdout(Stdio::null());
        let started = Instant::now();
        let mut server = Server::spawn(&mut command)?;
        server.wait_for(port, "/readyz")?;
        ready.push(started.elapsed().as_secs_f64() * 1e3);
        if start < SETTLED {
            let before = server.cpu_seconds()?;
            std::thread::sleep(SETTLE);
            rss.push(server.rss_mb()?);
            pss.push(server.pss_mb()?);
            idle.push((server.cpu_seconds()? - before) / SETTLE.as_secs_f64() * 100.0);
        }
    }
    println!("\n{STARTS} starts on empty data folders, migrations included");
    let (fastest, p90) = (percentile(&mut ready, 0.0), percentile(&mut ready, 0.9));
    println!("ready after {fastest:.0} ms at best, p90 {p90:.0} ms");
    println!(
        "PSS {:.1} MB, idle CPU {:.2} % (first 5 s)",
        percentile(&mut pss, 0.5),
        percentile(&mut idle, 0.5)
    );
    let median = percentile(&mut ready, 0.5);
    verdict("ready, median", median, median, 250.0, 120.0, "ms");
    let resident = percentile(&mut rss, 1.0);
    verdict("RSS after 5 s, largest", resident, resident, 60.0, 37.0, "MB");
    Ok(())
}
