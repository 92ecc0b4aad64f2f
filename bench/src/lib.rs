//! What the benchmark is made of. Its binary, `bench`, measures; `seed` fills a store, `hello` is the yardstick.
//!
//! Start with [`family`]: a file for each kind of measure. The other modules are their tools.

pub mod bench;
pub mod capacity;
pub mod chart;
pub mod family;
pub mod http;
pub mod load;
pub mod peers;
pub mod postgres;
pub mod process;
pub mod report;
pub mod row;
pub mod stats;
pub mod store;
pub mod world;
pub mod wrk;
