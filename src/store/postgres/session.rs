//! One connection and what is said over it: steps that go out in one packet, and their answers.

use super::connect::Connection;
use super::{RUN_TIMEOUT, of};
use crate::store::StoreError;
use futures_util::TryStreamExt;
use futures_util::future::{MaybeDone, maybe_done};
use std::borrow::Cow;
use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Waker};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;
use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{AsyncMessage, Client, Row, Statement};

/// A value for a statement. Its type is said with it, so that a statement needs no round trip to be understood.
#[derive(Debug)]
pub(super) enum Param {
    Int(Option<i64>),
    Text(String),
    OptText(Option<String>),
    Hash(Vec<u8>),
    OptHash(Option<Vec<u8>>),
    Ints(Vec<i64>),
    OptInts(Vec<Option<i64>>),
    Bools(Vec<bool>),
    Texts(Vec<String>),
    OptTexts(Vec<Option<String>>),
    Hashes(Vec<Vec<u8>>),
    OptHashes(Vec<Option<Vec<u8>>>),
}

impl Param {
    fn of_type(&self) -> Type {
        match self {
            Param::Int(_) => Type::INT8,
            Param::Text(_) | Param::OptText(_) => Type::TEXT,
            Param::Hash(_) | Param::OptHash(_) => Type::BYTEA,
            Param::Ints(_) | Param::OptInts(_) => Type::INT8_ARRAY,
            Param::Bools(_) => Type::BOOL_ARRAY,
            Param::Texts(_) | Param::OptTexts(_) => Type::TEXT_ARRAY,
            Param::Hashes(_) | Param::OptHashes(_) => Type::BYTEA_ARRAY,
        }
    }

    fn value(&self) -> &(dyn ToSql + Sync) {
        match self {
            Param::Int(value) => value,
            Param::Text(value) => value,
            Param::OptText(value) => value,
            Param::Hash(value) => value,
            Param::OptHash(value) => value,
            Param::Ints(values) => values,
            Param::OptInts(values) => values,
            Param::Bools(values) => values,
            Param::Texts(values) => values,
            Param::OptTexts(values) => values,
            Param::Hashes(values) => values,
            Param::OptHashes(values) => values,
        }
    }
}

/// One thing that is said to the database.
#[derive(Debug)]
pub(super) enum Step {
    /// Statements without values, one after the other; what they answer is not looked at, only whether they fail.
    Plain(String),
    /// A statement with its values.
    Ask(Cow<'static, str>, Vec<Param>),
}

impl Step {
    pub(super) fn ask(text: &'static str, params: Vec<Param>) -> Self {
        Step::Ask(Cow::Borrowed(text), params)
    }

    pub(super) fn built(text: String, params: Vec<Param>) -> Self {
        Step::Ask(Cow::Owned(text), params)
    }
}

type Rows = Result<Vec<Row>, tokio_postgres::Error>;
type Answer<'a> = Pin<Box<dyn Future<Output = Rows> + Send + 'a>>;

/// A connection with the statements that it has prepared.
pub(super) struct Session {
    client: Client,
    messages: UnboundedReceiver<AsyncMessage>,
    /// Statements kept on the server, by their text, of which there are a few dozen: nothing that a caller says stands in it. `None`
    /// where none may be kept.
    kept: Option<HashMap<Cow<'static, str>, Statement>>,
    broken: bool,
    answered: bool,
}

impl Session {
    /// `named`: whether statements may be kept on the server.
    pub(super) fn over(Connection { client, messages }: Connection, named: bool) -> Self {
        Self { client, messages, kept: named.then(HashMap::new), broken: false, answered: true }
    }

    /// Whether it is of no more use.
    pub(super) fn is_broken(&self) -> bool {
        self.broken || self.client.is_closed()
    }

    /// Whether everything that was asked over it has been answered.
    pub(super) fn has_answered(&self) -> bool {
        self.answered
    }

    /// Says all of it in one packet and answers the rows of each step, or the first failure. A session that did not
    /// answer, or answered as one that cannot serve, is broken from then on.
    pub(super) async fn run(&mut self, steps: &[Step]) -> Result<Vec<Vec<Row>>, StoreError> {
        self.answered = false;
        let said = timeout(RUN_TIMEOUT, self.say(steps)).await;
        self.answered = said.is_ok();
        let answers =
            said.unwrap_or_else(|_| Err(StoreError::Unavailable("the database did not answer in time".into())));
        if matches!(answers, Err(StoreError::Unavailable(_))) {
            self.broken = true;
        }
        answers
    }

    /// Runs one step.
    pub(super) async fn rows(&mut self, step: Step) -> Result<Vec<Row>, StoreError> {
        Ok(self.run(&[step]).await?.pop().unwrap_or_default())
    }

    async fn say(&mut self, steps: &[Step]) -> Result<Vec<Vec<Row>>, StoreError> {
        self.prepare(steps).await?;
        let mut sent: Vec<MaybeDone<Answer<'_>>> = Vec::with_capacity(steps.len());
        for step in steps {
            let mut answer = maybe_done(self.answer(step));
            // The first poll puts it on its way, behind the ones before it. Nobody needs to be woken yet.
            let _ = Pin::new(&mut answer).poll(&mut Context::from_waker(Waker::noop()));
            sent.push(answer);
        }
        let mut answers = Vec::with_capacity(sent.len());
        for mut answer in sent {
            Pin::new(&mut answer).await;
            let rows = Pin::new(&mut answer).take_output();
            answers.push(rows.expect("an answer that was awaited is there, and is taken once").map_err(of)?);
        }
        Ok(answers)
    }

    fn answer<'a>(&'a self, step: &'a Step) -> Answer<'a> {
        match step {
            Step::Plain(text) => Box::pin(async move { self.client.batch_execute(text).await.map(|()| Vec::new()) }),
            Step::Ask(text, params) => match self.kept.as_ref().and_then(|kept| kept.get(text)) {
                Some(statement) => Box::pin(async move {
                    let values = params.iter().map(Param::value);
                    self.client.query_raw(statement, values).await?.try_collect().await
                }),
                None => Box::pin(async move {
                    let values = params.iter().map(|param| (param.value(), param.of_type()));
                    self.client.query_typed_raw(text, values).await?.try_collect().await
                }),
            },
        }
    }

    /// Prepares what is asked for the first time: planning a list takes longer than reading it.
    async fn prepare(&mut self, steps: &[Step]) -> Result<(), StoreError> {
        let Some(kept) = &mut self.kept else { return Ok(()) };
        for step in steps {
            let Step::Ask(text, params) = step else { continue };
            if !kept.contains_key(text) {
                let types: Vec<_> = params.iter().map(Param::of_type).collect();
                kept.insert(text.clone(), self.client.prepare_typed(text, &types).await.map_err(of)?);
            }
        }
        Ok(())
    }

    /// What the database has warned of since the last call. Right after a commit that is the one thing that an answer
    /// does not tell: that the commit is here, and that nobody waited for it to be elsewhere.
    pub(super) fn warnings(&mut self) -> Option<String> {
        let mut warned = None;
        while let Ok(message) = self.messages.try_recv() {
            if let AsyncMessage::Notice(notice) = message
                && notice.code().code().starts_with("01")
            {
                warned = Some(notice.to_string());
            }
        }
        warned
    }

    /// The next notice or notification; `None` once the connection is lost.
    pub(super) async fn message(&mut self) -> Option<AsyncMessage> {
        self.messages.recv().await
    }
}
