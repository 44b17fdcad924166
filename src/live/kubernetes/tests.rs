//! A server that misbehaves: whatever it answers ends in a failure, in bounded time.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use http::Method;
use kube::{Client, Config};

use super::transport::{Answer, Ask, Transport};
use crate::model::live::{Failure, Reason};

/// Asks a server that gives each connection to `answer`, with its number from zero; the result and how many there were.
fn ask(limit: usize, answer: fn(usize, &mut TcpStream)) -> (Result<Answer, Failure>, usize) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap()).parse().unwrap();
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let number = count.fetch_add(1, Ordering::SeqCst);
            let mut connection = connection.unwrap();
            let mut request = [0; 4096];
            let _ = connection.read(&mut request);
            answer(number, &mut connection);
        }
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let result = runtime.block_on(async {
        let mut config = Config::new(uri);
        config.default_retry = false;
        let transport = Transport::new(Client::try_from(config).unwrap(), Duration::from_secs(2));
        transport.ask(Ask { method: &Method::GET, path: "/api", accept: "application/json", apply: None, limit }).await
    });
    (result, asked.load(Ordering::SeqCst))
}

fn write(connection: &mut TcpStream, head: &str, body: &[u8]) {
    let head = format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    // A client that hung up is what some of these tests want.
    let _ = connection.write_all(head.as_bytes()).and_then(|()| connection.write_all(body));
}

fn reason(result: Result<Answer, Failure>) -> Reason {
    result.unwrap_err().reason
}

#[test]
fn a_server_that_asks_to_wait_is_asked_again() {
    let (result, asked) = ask(1000, |number, connection| match number {
        0 => write(connection, "429 Too Many Requests\r\nRetry-After: 0", b"{}"),
        1 => write(connection, "503 Service Unavailable\r\nRetry-After: 0", b"{}"),
        _ => write(connection, "200 OK", b"{\"a\": 1}"),
    });
    assert_eq!((result.unwrap().body, asked), (serde_json::json!({"a": 1}), 3));
}

#[test]
fn a_server_that_only_asks_to_wait_is_given_up_on() {
    let (result, asked) = ask(1000, |_, connection| write(connection, "429 Too Many Requests\r\nRetry-After: 0", b"{}"));
    assert_eq!((reason(result), asked), (Reason::Throttled, 4));
}

#[test]
fn a_refusal_is_not_repeated() {
    let (result, asked) = ask(1000, |_, connection| write(connection, "500 Internal Server Error", b"broken"));
    assert_eq!((result.unwrap().status.as_u16(), asked), (500, 1));
}

#[test]
fn an_answer_that_breaks_off_is_unreachable() {
    let (result, asked) = ask(1000, |_, connection| {
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{");
    });
    assert_eq!((reason(result), asked), (Reason::Unreachable, 4));
}

#[test]
fn a_silent_server_is_a_timeout() {
    let (result, asked) = ask(1000, |_, _| std::thread::sleep(Duration::from_secs(4)));
    assert_eq!((reason(result), asked), (Reason::Timeout, 1));
}

#[test]
fn an_answer_without_end_is_refused() {
    let (result, _) = ask(1 << 20, |_, connection| {
        let _ = connection.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
        let chunk = [b"10000\r\n".as_slice(), &vec![b' '; 0x1_0000], b"\r\n"].concat();
        while connection.write_all(&chunk).is_ok() {}
    });
    let failure = result.unwrap_err();
    assert_eq!((failure.reason, failure.message.as_str()), (Reason::Other, "the answer has more than 1 MB"));
}

#[test]
fn an_abyss_of_brackets_is_no_json() {
    let (result, _) = ask(1 << 20, |_, connection| write(connection, "200 OK", &vec![b'['; 500_000]));
    assert_eq!(reason(result), Reason::Other);
}
