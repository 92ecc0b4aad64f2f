//! Who calls the API.

/// In a request's extensions: it came through the control socket, which only whoever runs the server can open.
#[derive(Clone, Copy, Debug)]
pub struct Operator;
