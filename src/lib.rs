//! Innkeeper decides who is signed in: one person, one session.

pub mod config;

pub mod domain;

pub mod telemetry;
