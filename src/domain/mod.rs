//! The rules, and nothing else: no I/O, no async, no clock, no chance, no SQL, no HTTP, no serde.
//!
//! Read in this order: [`time`] and [`id`] (the words), [`policy`] and [`account`] (what is configured and bought),
//! [`user`] and [`device`] (who and from what), [`activity`] (what counts as using a session).

pub mod time;

pub mod id;

pub mod policy;

pub mod account;

pub mod user;

pub mod device;

pub mod activity;
