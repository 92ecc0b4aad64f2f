//! The rules, and nothing else: no I/O, no async, no clock, no chance, no SQL, no HTTP, no serde.
//!
//! Read in this order: [`time`] and [`id`] (the words), [`policy`] and [`account`] (what is configured and bought),
//! [`user`], [`email`] and [`device`] (who and from what).

pub mod time;

pub mod id;

pub mod policy;

pub mod account;

pub mod user;

pub mod device;

<<<<<<< HEAD
pub mod session;

pub mod activity;

pub mod end;

pub mod admission;

pub mod staff;

pub mod change;

pub mod event;

pub mod facts;
=======
pub mod email;
>>>>>>> client
