//! Innkeeper decides who is signed in: one person, one session.

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

pub mod cli;
