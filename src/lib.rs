//! Innkeeper decides who is signed in: one person, one session.

pub mod domain;

pub mod client;

pub mod password;

pub mod secret;
