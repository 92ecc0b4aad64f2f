//! HTTP: pages for people and the JSON API for applications. Uses the service and the domain, never the store.

pub mod moment;

pub mod pages;

pub mod text;
