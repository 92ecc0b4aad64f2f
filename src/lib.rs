//! Innkeeper decides who is signed in: one person, one session.

pub mod domain;

pub mod web;
