//! Open loop: requests arrive at a constant rate, whether or not the server keeps up, and each one's latency counts from
//! when it was meant to be sent. So a server that stalls is seen to have kept waiting everybody who came meanwhile, which
//! a client that waits for its answers before it asks again would leave out ("coordinated omission").

use crate::http::{status, whole};
use anyhow::{Context, bail};
use hdrhistogram::Histogram;
use rustix::event::Timespec;
use rustix::event::epoll;
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::num::NonZeroU64;
use std::time::{Duration, Instant};

/// How long answers may take after the last request was sent.
const DRAIN: Duration = Duration::from_secs(10);

/// A stream of arrivals.
pub struct Load<'r> {
    /// Whom they ask.
    pub address: SocketAddr,
    /// How many can be under way at once; whoever finds none free waits, and their latency grows.
    pub connections: usize,
    /// How many arrive in a second.
    pub rate: f64,
    /// For how long.
    pub lasting: Duration,
    /// Arrivals of this first part are sent and not counted.
    pub warm_up: Duration,
    /// What the n-th asks.
    pub request: &'r (dyn Fn(u64) -> Vec<u8> + Sync),
}

/// What came of it.
#[derive(Debug)]
pub struct Outcome {
    /// Latencies in nanoseconds.
    pub latency: Histogram<u64>,
    /// Answers by their status code.
    pub answers: BTreeMap<u16, u64>,
    /// Arrivals without an answer until the end.
    pub unanswered: u64,
}

impl Outcome {
    /// A quantile of the latencies in microseconds.
    pub fn micros(&self, quantile: f64) -> f64 {
        self.latency.value_at_quantile(quantile) as f64 / 1000.0
    }

    /// Answers with a status below 400.
    pub fn succeeded(&self) -> u64 {
        self.answers.iter().filter(|(status, _)| **status < 400).map(|(_, count)| count).sum()
    }
}

struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// The arrival that is under way on it: when it was meant to be sent, and whether it counts.
    asked: Option<(Instant, bool)>,
}

impl Load<'_> {
    /// Runs on this thread until every arrival is answered or given up.
    pub fn run(&self) -> anyhow::Result<Outcome> {
        // Otherwise the kernel may wake us 50 µs later than asked.
        rustix::thread::set_current_timer_slack(NonZeroU64::new(1))?;
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let mut connections = Vec::with_capacity(self.connections);
        for number in 0..self.connections {
            let stream =
                TcpStream::connect(self.address).with_context(|| format!("no connection to {}", self.address))?;
            stream.set_nodelay(true)?;
            stream.set_nonblocking(true)?;
            epoll::add(&poll, &stream, epoll::EventData::new_u64(number as u64), epoll::EventFlags::IN)?;
            connections.push(Connection { stream, buffer: Vec::with_capacity(4096), asked: None });
        }
        let mut free: Vec<usize> = (0..connections.len()).rev().collect();
        let mut outcome = Outcome { latency: Histogram::new(3)?, answers: BTreeMap::new(), unanswered: 0 };
        let total = (self.rate * self.lasting.as_secs_f64()) as u64;
        let started = Instant::now();
        let due = |n: u64| started + Duration::from_secs_f64(n as f64 / self.rate);
        let last = due(total);
        let mut next = 0;
        let mut events = Vec::with_capacity(1024);
        loop {
            let now = Instant::now();
            while next < total && due(next) <= now {
                let Some(number) = free.pop() else { break };
                let connection = &mut connections[number];
                // A request fits into the empty buffer of a connection on which nothing is under way.
                connection.stream.write_all(&(self.request)(next))?;
                connection.asked = Some((due(next), due(next) >= started + self.warm_up));
                next += 1;
            }
            if (next == total && free.len() == connections.len()) || now > last + DRAIN {
                break;
            }
            let until = if next < total && !free.is_empty() { due(next) } else { now + Duration::from_millis(100) };
            let wait = until.saturating_duration_since(Instant::now());
            let wait = Timespec { tv_sec: wait.as_secs() as i64, tv_nsec: wait.subsec_nanos().into() };
            events.clear();
            epoll::wait(&poll, rustix::buffer::spare_capacity(&mut events), Some(&wait))?;
            for event in &events {
                let number = event.data.u64() as usize;
                if connections[number].take_in(&mut outcome)? {
                    free.push(number);
                }
            }
        }
        outcome.unanswered = total - next + (connections.len() - free.len()) as u64;
        Ok(outcome)
    }
}

impl Connection {
    /// Reads what is there, and says whether an answer is complete.
    fn take_in(&mut self, outcome: &mut Outcome) -> anyhow::Result<bool> {
        let mut part = [0; 16 * 1024];
        match self.stream.read(&mut part) {
            Ok(0) => bail!("the server closed a connection under load"),
            Ok(filled) => self.buffer.extend_from_slice(&part[..filled]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        if whole(&self.buffer)?.is_none() {
            return Ok(false);
        }
        let (meant, counts) = self.asked.take().context("an answer that nobody asked for")?;
        if counts {
            outcome.latency.record(meant.elapsed().as_nanos() as u64)?;
            *outcome.answers.entry(status(&self.buffer)?).or_default() += 1;
        }
        self.buffer.clear();
        Ok(true)
    }
}
