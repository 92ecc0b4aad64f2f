//! A receiver on this machine, and what comes of sending to it.

use super::*;
use std::net::Ipv4Addr;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

const NOW: Timestamp = Timestamp::from_millis(1_795_600_000_500);

fn message() -> Message {
    Message { id: "evt_7".into(), at: NOW, signatures: "v1,AAAA".into(), body: r#"{"type":"session.ended"}"#.into() }
}

fn allowing_loopback() -> Deliverer {
    Deliverer::new(vec!["127.0.0.0/8".parse().unwrap()])
}

/// Answers one request with this, and gives the request.
async fn receiver(answer: &'static str) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://127.0.0.1:{}/hooks?a=b", listener.local_addr().unwrap().port());
    let task = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut request = Vec::new();
        while !request.ends_with(b"}") {
            assert!(stream.read_buf(&mut request).await.unwrap() > 0);
        }
        stream.write_all(answer.as_bytes()).await.unwrap();
        String::from_utf8(request).unwrap()
    });
    (url, task)
}

fn not_taken(why: &str, seconds: Option<u64>) -> Answer {
    Answer::not_taken(why, seconds.map(Duration::from_secs))
}

#[tokio::test]
async fn a_message_arrives_with_its_headers_and_its_body_as_it_is() {
    let (url, request) = receiver("HTTP/1.1 204 No Content\r\n\r\n").await;
    let answer = allowing_loopback().send(&url, message()).await;
    assert_eq!(answer, Answer { tried: Tried::Taken, why: None });
    let request = request.await.unwrap();
    let (head, body) = request.split_once("\r\n\r\n").unwrap();
    assert_eq!(body, message().body);
    let head: Vec<_> = head.lines().collect();
    assert_eq!(head[0], "POST /hooks?a=b HTTP/1.1");
    for line in [
        "content-type: application/json",
        "webhook-id: evt_7",
        "webhook-timestamp: 1795600000",
        "webhook-signature: v1,AAAA",
        "content-length: 24",
    ] {
        assert!(head.contains(&line), "{line} in {head:?}");
    }
}

#[tokio::test]
async fn the_status_decides_and_a_pause_is_asked_for_by_two_of_them() {
    for (answer, expected) in [
        ("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", Answer { tried: Tried::Taken, why: None }),
        ("HTTP/1.1 500 No\r\nretry-after: 9\r\n\r\n", not_taken("answered 500", None)),
        ("HTTP/1.1 503 No\r\nretry-after: 120\r\n\r\n", not_taken("answered 503", Some(120))),
        ("HTTP/1.1 429 No\r\nretry-after: soon\r\n\r\n", not_taken("answered 429", None)),
        (
            "HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\n\r\n",
            not_taken("answered 302, and no redirect is followed", None),
        ),
        ("HTTP/1.1 410 Gone\r\n\r\n", Answer { tried: Tried::Gone, why: Some("answered 410: it is gone".into()) }),
    ] {
        let (url, request) = receiver(answer).await;
        assert_eq!(allowing_loopback().send(&url, message()).await, expected, "{answer}");
        request.await.unwrap();
    }
}

#[tokio::test]
async fn what_is_not_allowed_is_not_even_connected_to() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    // The second is a name that the first guard lets pass, as any name, and that leads here.
    let own_name = Resolver { guard: Arc::new(Guard { allow: vec![] }), plain: false };
    assert!(own_name.resolve("localhost".parse().unwrap()).await.is_err());
    for scheme in ["http", "https"] {
        let url = format!("{scheme}://127.0.0.1:{port}/");
        let answer = Deliverer::new(vec![]).send(&url, message()).await;
        assert_eq!(answer, not_taken(&UrlRefusal::Internal.to_string(), None));
    }
    let nobody = std::future::poll_fn(|context| match listener.poll_accept(context) {
        std::task::Poll::Pending => std::task::Poll::Ready(true),
        std::task::Poll::Ready(_) => std::task::Poll::Ready(false),
    });
    assert!(nobody.await);
}

#[tokio::test]
async fn by_http_only_names_of_allowed_networks_are_reached() {
    let allowing = |network: &str| Arc::new(Guard { allow: vec![network.parse().unwrap()] });
    let resolve = |guard: Arc<Guard>| Resolver { guard, plain: true }.resolve("localhost".parse().unwrap());
    assert!(resolve(allowing("10.0.0.0/8")).await.is_err());
    let both = Arc::new(Guard { allow: vec!["127.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()] });
    assert!(resolve(both).await.is_ok());
}

#[tokio::test]
async fn nobody_there_and_an_answer_that_is_none_are_told_in_words() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    drop(listener);
    let answer = allowing_loopback().send(&url, message()).await;
    assert!(answer.why.as_deref().unwrap().starts_with("no connection: Connection refused"), "{answer:?}");
    let (url, request) = receiver("SSH-2.0-OpenSSH\r\n").await;
    let answer = allowing_loopback().send(&url, message()).await;
    assert!(answer.why.as_deref().unwrap().starts_with("no answer: "), "{answer:?}");
    request.await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_says_nothing_is_given_up_in_time() {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
    let url = format!("http://127.0.0.1:{}/", listener.local_addr().unwrap().port());
    let answer = allowing_loopback().send(&url, message()).await;
    assert_eq!(answer, not_taken("no answer within 15 s", None));
}

#[test]
fn a_pause_is_seconds_or_a_date() {
    for (value, seconds) in [
        ("0", Some(0)),
        (" 120 ", Some(120)),
        ("Wed, 25 Nov 2026 09:47:00 GMT", Some(19)),
        ("Wed, 25 Nov 2026 09:46:00 GMT", Some(0)),
        ("-1", None),
        ("1.5", None),
        ("99999999999999999999", None),
        ("soon", None),
    ] {
        assert_eq!(pause_of(value, NOW).map(|pause| pause.as_secs()), seconds, "{value}");
    }
}
