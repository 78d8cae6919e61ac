//! What this machine can do at best; kernels and disks differ, so it is measured at the start of each run.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::time::Instant;

use anyhow::{Context, Result};

use super::statistics::percentile;

const EXCHANGES: usize = 20_000;

/// Prints the time of one byte there and back over loopback, µs.
pub(super) fn print() -> Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("no free port")?;
    let mut stream = TcpStream::connect(listener.local_addr()?)?;
    let (mut other, _) = listener.accept()?;
    stream.set_nodelay(true)?;
    other.set_nodelay(true)?;
    let echo = std::thread::spawn(move || {
        let mut byte = [0];
        while other.read_exact(&mut byte).and_then(|()| other.write_all(&byte)).is_ok() {}
    });
    let mut times = Vec::with_capacity(EXCHANGES);
    let mut byte = [0];
    for _ in 0..EXCHANGES {
        let started = Instant::now();
        stream.write_all(&byte)?;
        stream.read_exact(&mut byte)?;
        times.push(started.elapsed().as_secs_f64() * 1e6);
    }
    drop(stream);
    let _ = echo.join();
    println!("floor: TCP loopback ping-pong p50 {:.1} µs", percentile(&mut times, 0.5));
    Ok(())
}
