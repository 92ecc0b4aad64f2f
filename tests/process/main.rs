//! The binary as a process: started, asked over real sockets, stopped, killed and starved. The only tests that wait for
//! real time, and each wait has a bound.

mod commands;
mod crash;
mod disk;
mod http;
mod server;
mod slow;
mod stop;
