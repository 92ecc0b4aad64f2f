//! The product through its router, in-process: no port, a store of its own per test, and a clock that stands until it
//! is moved.

#![expect(clippy::unwrap_used, reason = "what a test did not expect fails it")]

mod api;
mod app;
mod authenticator;
mod browser;
#[cfg(feature = "embedded")]
mod embedded;
mod forward_auth;
mod mail;
mod pages;
#[expect(dead_code, reason = "what only the suite of the store needs")]
#[path = "../store/server.rs"]
mod server;
