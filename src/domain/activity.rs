//! placeholder until merged
/// Counted or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Counted {
    /// Counted.
    Counted,
    /// Not.
    NotCounted,
}
