//! What a data command comes to: one request, and how its answer is shown.

use super::link::Link;
use super::table::{self, Column};
use super::{Failure, say};
use crate::config::Config;
use axum::http::Method;
use serde_json::{Value, json};
use std::fmt::Write as _;

/// A request to the API, and what to show of the answer.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) method: Method,
    /// Path below `/api/v1`, with its query.
    pub(super) path: String,
    pub(super) body: Option<Value>,
    pub(super) show: Show,
}

/// What people see of an answer; programs see its JSON.
#[derive(Debug)]
pub(super) enum Show {
    /// One value and nothing else.
    Only(&'static str),
    /// A line for each value of one thing.
    Lines(&'static [Column]),
    /// A table of a list, every page of it.
    Table(&'static [Column]),
    /// How many sessions were ended.
    Ended,
    /// What was done, where the answer says nothing.
    Done(String),
}

impl Call {
    pub(super) fn new(method: Method, path: impl Into<String>, show: Show) -> Self {
        Self { method, path: path.into(), body: None, show }
    }

    pub(super) fn get(path: impl Into<String>, show: Show) -> Self {
        Self::new(Method::GET, path, show)
    }

    #[must_use]
    pub(super) fn with(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Sends it, and says what came of it.
    pub(super) fn run(&self, config: &Config, as_json: bool) -> Result<(), Failure> {
        let answer = self.ask(config)?;
        let text = self.text(&answer);
        if as_json {
            // Where the answer is empty, a script still gets something that it can read.
            let answer = if answer.is_null() { json!({ "done": text }) } else { answer };
            say(format_args!("{answer:#}"));
        } else {
            say(text);
        }
        Ok(())
    }

    /// Sends it, and gives the answer.
    pub(super) fn ask(&self, config: &Config) -> Result<Value, Failure> {
        let runtime = super::runtime()?;
        let answer = runtime.block_on(async {
            let mut link = Link::open(config).await?;
            let answer = match self.show {
                Show::Table(_) => self.every_page(&mut link).await,
                _ => link.send(self.method.clone(), &format!("/api/v1{}", self.path), self.body.as_ref()).await,
            };
            let closed = link.close().await;
            answer.and_then(|answer| closed.map(|()| answer))
        });
        drop(runtime);
        answer
    }

    async fn every_page(&self, link: &mut Link) -> Result<Value, Failure> {
        let mut items = Vec::new();
        let mut after = String::new();
        loop {
            let sign = if self.path.contains('?') { '&' } else { '?' };
            let path = format!("/api/v1{}{sign}limit=200{after}", self.path);
            let mut page = link.send(self.method.clone(), &path, None).await?;
            if let Value::Array(more) = page["items"].take() {
                items.extend(more);
            }
            let Some(next) = page["next"].as_str() else { return Ok(json!({ "items": items })) };
            after.clear();
            let next: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
            let _ = write!(after, "&after={next}");
        }
    }

    fn text(&self, answer: &Value) -> String {
        match &self.show {
            Show::Only(name) => answer[*name].as_str().unwrap_or_default().to_owned(),
            Show::Lines(columns) => table::lines(columns, answer),
            Show::Table(columns) => {
                table::table(columns, answer["items"].as_array().map(Vec::as_slice).unwrap_or_default())
            }
            Show::Ended => match answer["ended"].as_u64() {
                Some(1) => "ended 1 session".into(),
                count => format!("ended {} sessions", count.unwrap_or(0)),
            },
            Show::Done(what) => what.clone(),
        }
    }
}
