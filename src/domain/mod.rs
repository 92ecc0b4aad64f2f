//! The rules, and nothing else: no I/O, no async, no clock, no chance, no SQL, no HTTP, no serde.
//!
//! Read in this order: [`time`] and [`id`] (the words), [`policy`] and [`account`] (what is configured and bought),
//! [`user`], [`email`] and [`device`] (who and from what), [`session`] (what exists); then the rules themselves:
//! [`admission`] (who may start a session), [`end`] (how one ends), [`activity`] (what keeps one alive), [`staff`] (how
//! many people a plan allows), [`invitation`] (how somebody joins), [`permission`] (which role may do what), [`retention`]
//! (what is forgotten when, but for the [`network`] of an address), [`throttle`] (how guessing becomes slow), [`proof`] and [`factor`] (what somebody proves,
//! and with what), [`one_time`] (what may succeed once), [`webhook`] (who is told of what happened, and when again), [`mail`] (who is mailed about it). [`change`] is every write there is, [`event`] what each leaves behind, [`facts`] what a decision is made
//! from.

pub mod time;

pub mod id;

pub mod policy;

pub mod account;

pub mod user;

pub mod device;

pub mod email;

pub mod session;

pub mod activity;

pub mod end;

pub mod admission;

pub mod staff;

pub mod invitation;

pub mod permission;

pub mod network;

pub mod retention;

pub mod setup;

pub mod throttle;

pub mod proof;

pub mod factor;

pub mod one_time;

pub mod webhook;

pub mod mail;

pub mod change;

pub mod event;

pub mod facts;
