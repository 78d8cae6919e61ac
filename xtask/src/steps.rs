//! Named steps with their times.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};

/// Runs steps and remembers how long each took. The table is printed when it is dropped, so also after a failure.
pub(crate) struct Steps {
    done: Vec<(&'static str, Duration, bool)>,
}

impl Steps {
    pub(crate) fn new() -> Self {
        Self { done: Vec::new() }
    }

    /// Runs one step; its name begins the error.
    pub(crate) fn step<T>(&mut self, name: &'static str, work: impl FnOnce() -> Result<T>) -> Result<T> {
        eprintln!("\n== {name}");
        let started = Instant::now();
        let result = work();
        self.done.push((name, started.elapsed(), result.is_ok()));
        result.context(name)
    }
}

impl Drop for Steps {
    fn drop(&mut self) {
        if self.done.is_empty() {
            return;
        }
        let total: Duration = self.done.iter().map(|(_, time, _)| *time).sum();
        println!("\n{:<40} {:>8}", "step", "seconds");
        for (name, time, passed) in &self.done {
            let mark = if *passed { "" } else { "  FAILED" };
            println!("{name:<40} {:>8.1}{mark}", time.as_secs_f64());
        }
        println!("{:<40} {:>8.1}", "total", total.as_secs_f64());
    }
}
