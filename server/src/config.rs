//! What the server is told; the command line reads it from flags, environment and file.

use std::{net::SocketAddr, path::PathBuf};

/// The server's settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Where data is kept; made when missing, readable by its owner only.
    pub data: PathBuf,
    /// The base of every link Micro hands out; the listening address when none.
    pub public_url: Option<String>,
    /// Accept services on loopback addresses even while listening on others.
    pub allow_loopback_upstreams: bool,
    /// The owner account's name on first start.
    pub owner_name: String,
    /// A PostgreSQL URL; bundled SQLite in the data directory when none.
    pub database: Option<String>,
    /// Slack and Discord.
    pub chat: micro_bot::Settings,
}
