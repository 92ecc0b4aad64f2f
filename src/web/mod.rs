//! HTTP: the only folder that names axum.
//!
//! Read in this order: [`serve`] with [`connection`] and [`body`] (how requests come in, and what a slow or greedy
//! client gets), [`forwarded`] (what a proxy says of them), [`activity`], [`cross_site`], [`cookie`] and [`next`] (what
//! is read from them), [`headers`] and [`remote`] (what goes out).

pub mod serve;

#[cfg(test)]
mod serve_tests;

pub mod connection;

pub mod body;

pub mod forwarded;

pub mod activity;

pub mod cross_site;

pub mod cookie;

pub mod next;

pub mod headers;

pub mod remote;
