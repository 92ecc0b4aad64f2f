//! Innkeeper decides who is signed in: one person, one session.
//!
//! Most use it as a program of its own, `innkeeper serve`, beside an application in whatever language; then nothing here
//! is of interest, but the documents of the project are. An application in Rust can have it in its own process instead,
//! with the feature `embedded`, which is there unless it is turned off: see `embedded`, whose items alone are meant for
//! applications, with `config` and what they lead to.
#![cfg_attr(feature = "embedded", doc = concat!("\n```no_run\n", include_str!("../examples/embedded.rs"), "```"))]

pub mod domain;

pub mod store;

pub mod service;

pub mod web;

pub mod client;

pub mod deliver;

pub mod clock;

pub mod secret;

pub mod password;

pub mod passkey;

pub mod totp;

pub mod config;

pub mod telemetry;

mod start;

pub mod cli;

#[cfg(feature = "embedded")]
pub mod embedded;
