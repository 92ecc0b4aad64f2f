//! The store on PostgreSQL.

mod address;
mod connect;
mod health;
mod replication;
mod tls;

pub use connect::{ConnectError, Connector};
pub use replication::Durability;
