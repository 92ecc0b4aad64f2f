//! The yardstick: a bare axum service that answers "hello" to everything, and nothing to `/empty`: nginx keeps no
//! connection on which an answer to `auth_request` has a body.

use axum::Router;
use axum::routing::any;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

#[tokio::main]
async fn main() {
    let address = std::env::args().nth(1).expect("usage: hello ADDRESS");
    let listener = tokio::net::TcpListener::bind(address).await.expect("the address is free");
    println!("listening on {}", listener.local_addr().expect("a bound address"));
    let router = Router::new().route("/empty", any(|| async {})).fallback(any(|| async { "hello" }));
    axum::serve(listener, router).await.expect("the server runs until it is stopped");
}
