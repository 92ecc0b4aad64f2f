//! Innkeeper decides who is signed in: one person, one session.

pub mod domain;

pub mod clock;

pub mod secret;

pub mod store;
