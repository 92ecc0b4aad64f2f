//! How to reach one PostgreSQL database.

use crate::store::StoreError;
use std::future::poll_fn;
use tokio::sync::mpsc;
use tokio_postgres::{AsyncMessage, Client, Config, NoTls};

/// Why an address of a database is none.
#[derive(Debug, thiserror::Error)]
#[error("this is no address of a PostgreSQL database")]
pub struct ConnectError(#[from] tokio_postgres::Error);

/// How to reach one database.
#[derive(Clone, Debug)]
pub struct Connector {
    config: Config,
}

/// A connection whose task runs until one side lets go.
pub(super) struct Connection {
    pub(super) client: Client,
    /// Notices and notifications in the order in which they came, each before the answers that followed it.
    pub(super) messages: mpsc::UnboundedReceiver<AsyncMessage>,
}

impl Connector {
    /// Reads `postgres://…`.
    ///
    /// # Errors
    /// Where the text is no such address.
    pub fn parse(url: &str) -> Result<Self, ConnectError> {
        Ok(Self { config: url.parse()? })
    }

    pub(super) async fn connect(&self, what_for: &str) -> Result<Connection, StoreError> {
        let mut config = self.config.clone();
        config.application_name(format!("innkeeper {what_for}"));
        let connected = config.connect(NoTls).await;
        let (client, mut driver) = connected.map_err(|error| StoreError::Unavailable(Box::new(error)))?;
        let (tell, messages) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            loop {
                let message = tokio::select! {
                    message = poll_fn(|context| driver.poll_message(context)) => message,
                    // Whoever let go of both ends waits for nothing more, a server that hangs neither.
                    () = tell.closed() => break,
                };
                match message {
                    Some(Ok(message)) => {
                        tell.send(message).ok();
                    }
                    Some(Err(_)) | None => break,
                }
            }
        });
        Ok(Connection { client, messages })
    }
}
