//! The rules, and nothing else: no I/O, no async, no clock, no chance, no SQL, no HTTP, no serde.
//!
//! Read in this order: [`time`] and [`id`] (the words), [`policy`] and [`account`] (what is configured and bought),
//! [`user`], [`device`] and [`session`] (what exists), then the rules themselves: [`admission`] (who may start a
//! session), [`end`] (how one ends), [`activity`] (what keeps one alive), [`staff`] (how many people a plan allows).
//! [`change`] is every write there is; [`event`] is what each of them leaves behind.

pub mod time;

pub mod id;

pub mod policy;

pub mod account;

pub mod user;

pub mod device;

pub mod session;

pub mod activity;

pub mod admission;

pub mod end;

pub mod staff;

pub mod change;

pub mod event;

pub mod facts;
