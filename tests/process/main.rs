//! The binary as a process: started, asked over real sockets, stopped, killed and starved. The only tests that wait for
//! real time, and each wait has a bound.

mod clients;
mod clock;
mod cluster;
mod commands;
mod copy;
mod crash;
mod disk;
mod http;
mod mail;
mod nodes;
mod outage;
mod pooler;
mod probes;
mod proxies;
mod proxy;
mod replication;
mod server;
mod setup;
#[expect(dead_code, reason = "what only the suite of the store needs")]
#[expect(clippy::unwrap_used, reason = "a helper that meets what it does not expect should stop right there")]
#[path = "../store/server.rs"]
mod shared;
mod slow;
mod stop;
mod tls;
mod webhooks;
