//! A connection that tells when it is lost: the death of an idle instance is noticed at once, not at its next check.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::Notify;

/// Where a lost connection is told of, while anyone wants to know.
#[derive(Debug, Default)]
pub(crate) struct Loss {
    reported: AtomicBool,
    happened: Notify,
}

impl Loss {
    /// From now on a loss is told.
    pub(crate) fn report(&self) {
        self.reported.store(true, Ordering::Release);
    }

    /// From now on a loss is not told: a check is running and finds out itself, or the connection is given up.
    pub(crate) fn ignore(&self) {
        self.reported.store(false, Ordering::Release);
    }

    /// Waits for a loss.
    pub(crate) async fn happened(&self) {
        self.happened.notified().await;
    }
}

/// A TCP connection that tells `loss` when it is closed, by either side.
#[derive(Debug)]
pub(crate) struct Connection {
    stream: TcpStream,
    loss: Arc<Loss>,
}

impl Connection {
    pub(crate) fn new(stream: TcpStream, loss: Arc<Loss>) -> Self {
        Self { stream, loss }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        if self.loss.reported.swap(false, Ordering::AcqRel) {
            self.loss.happened.notify_one();
        }
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}
