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
use std::os::fd::OwnedFd;
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

/// One connection, and what it is doing.
struct Connection {
    stream: TcpStream,
    buffer: Vec<u8>,
    /// The arrival that is under way on it: when it was meant to be sent, and whether it counts.
    asked: Option<(Instant, bool)>,
}

/// What a readable connection brought.
enum Brought {
    /// A part of an answer, or nothing.
    Part,
    /// The rest of an answer.
    Answer,
    /// The server has closed it, with nothing under way.
    Close,
}

/// The connections: made when they are needed, since a server closes those that stay silent.
struct Connections {
    poll: OwnedFd,
    address: SocketAddr,
    all: Vec<Connection>,
    free: Vec<usize>,
    open: usize,
    max: usize,
}

impl Connections {
    fn new(address: SocketAddr, max: usize) -> anyhow::Result<Self> {
        let poll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        Ok(Self { poll, address, all: Vec::new(), free: Vec::new(), open: 0, max })
    }

    /// Whether a request could be sent now.
    fn any(&self) -> bool {
        !self.free.is_empty() || self.open < self.max
    }

    /// How many have a request under way.
    fn busy(&self) -> usize {
        self.open - self.free.len()
    }

    /// A connection without a request, if there may be one.
    fn take(&mut self) -> anyhow::Result<Option<&mut Connection>> {
        if let Some(number) = self.free.pop() {
            return Ok(self.all.get_mut(number));
        }
        if self.open == self.max {
            return Ok(None);
        }
        let stream = TcpStream::connect(self.address).with_context(|| format!("no connection to {}", self.address))?;
        stream.set_nodelay(true)?;
        stream.set_nonblocking(true)?;
        epoll::add(&self.poll, &stream, epoll::EventData::new_u64(self.all.len() as u64), epoll::EventFlags::IN)?;
        self.open += 1;
        self.all.push(Connection { stream, buffer: Vec::with_capacity(4096), asked: None });
        Ok(self.all.last_mut())
    }

    /// Waits no longer than this, and takes in what has come.
    fn wait(&mut self, at_most: Duration, outcome: &mut Outcome) -> anyhow::Result<()> {
        let at_most = Timespec { tv_sec: at_most.as_secs() as i64, tv_nsec: at_most.subsec_nanos().into() };
        let mut events = Vec::with_capacity(256);
        epoll::wait(&self.poll, rustix::buffer::spare_capacity(&mut events), Some(&at_most))?;
        for event in &events {
            let number = event.data.u64() as usize;
            match self.all[number].take_in(outcome)? {
                Brought::Part => {}
                Brought::Answer => self.free.push(number),
                Brought::Close => {
                    epoll::delete(&self.poll, &self.all[number].stream)?;
                    self.free.retain(|free| *free != number);
                    self.open -= 1;
                }
            }
        }
        Ok(())
    }
}

impl Load<'_> {
    /// Runs on this thread until every arrival is answered or given up.
    pub fn run(&self) -> anyhow::Result<Outcome> {
        // Otherwise the kernel may wake us 50 µs later than asked.
        rustix::thread::set_current_timer_slack(NonZeroU64::new(1))?;
        let mut connections = Connections::new(self.address, self.connections)?;
        let mut outcome = Outcome { latency: Histogram::new(3)?, answers: BTreeMap::new(), unanswered: 0 };
        let total = (self.rate * self.lasting.as_secs_f64()) as u64;
        let started = Instant::now();
        let due = |n: u64| started + Duration::from_secs_f64(n as f64 / self.rate);
        let given_up = due(total) + DRAIN;
        let mut next = 0;
        loop {
            let now = Instant::now();
            while next < total && due(next) <= now {
                let Some(connection) = connections.take()? else { break };
                // A request fits into the empty buffer of a connection on which nothing is under way.
                connection.stream.write_all(&(self.request)(next))?;
                connection.asked = Some((due(next), due(next) >= started + self.warm_up));
                next += 1;
            }
            if (next == total && connections.busy() == 0) || now > given_up {
                break;
            }
            let until = if next < total && connections.any() { due(next) } else { now + Duration::from_millis(100) };
            connections.wait(until.saturating_duration_since(Instant::now()), &mut outcome)?;
        }
        outcome.unanswered = total - next + connections.busy() as u64;
        Ok(outcome)
    }
}

impl Connection {
    /// Reads what is there.
    fn take_in(&mut self, outcome: &mut Outcome) -> anyhow::Result<Brought> {
        let mut part = [0; 16 * 1024];
        match self.stream.read(&mut part) {
            Ok(0) if self.asked.is_none() => return Ok(Brought::Close),
            Ok(0) => bail!("the server closed a connection with a request under way"),
            Ok(filled) => self.buffer.extend_from_slice(&part[..filled]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(Brought::Part),
            Err(error) => return Err(error.into()),
        }
        if whole(&self.buffer)?.is_none() {
            return Ok(Brought::Part);
        }
        let (meant, counts) = self.asked.take().context("an answer that nobody asked for")?;
        if counts {
            outcome.latency.record(meant.elapsed().as_nanos() as u64)?;
            *outcome.answers.entry(status(&self.buffer)?).or_default() += 1;
        }
        self.buffer.clear();
        Ok(Brought::Answer)
    }
}
