//! One request and its answer: bounded in time, in bytes and in repetitions. A server that goes silent is given up on as
//! a whole after a few requests, not once for every object.

use std::cell::Cell;
use std::time::Duration;

use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use kube::Client;
use kube::client::Body;
use serde_json::Value;

use super::connect::words;
use crate::model::live::{Failure, Reason};

/// How often one request is sent at most.
const TRIES: u32 = 4;
/// The longest wait that a server may ask for.
const LONGEST_WAIT: Duration = Duration::from_secs(10);
/// After so many failures in a row nothing more is asked.
const GIVE_UP_AFTER: u32 = 16;
/// How many bytes all answers together may have: JSON grows by a factor of about ten in memory.
const TOTAL_BYTES: usize = 256 << 20;

/// What is asked.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ask<'a> {
    /// GET or PATCH.
    pub(super) method: &'a Method,
    /// The path with its query.
    pub(super) path: &'a str,
    /// The `Accept` header.
    pub(super) accept: &'a str,
    /// The body of an apply.
    pub(super) apply: Option<&'a [u8]>,
    /// How many bytes the answer may have.
    pub(super) limit: usize,
}

/// What was answered.
#[derive(Debug)]
pub(super) struct Answer {
    /// The status of the answer.
    pub(super) status: StatusCode,
    /// Its body; null where it is not JSON.
    pub(super) body: Value,
}

/// The way to one API server.
pub(super) struct Transport {
    client: Client,
    timeout: Duration,
    requests: Cell<u64>,
    failures: Cell<u32>,
    bytes: Cell<usize>,
}

/// One attempt: an answer, or a wait before the next attempt with the failure that it is if there is none.
enum Attempt {
    Answered(Answer),
    Again(Option<Duration>, Failure),
    Failed(Failure),
}

impl Transport {
    pub(super) fn new(client: Client, timeout: Duration) -> Self {
        Self { client, timeout, requests: Cell::new(0), failures: Cell::new(0), bytes: Cell::new(0) }
    }

    /// How many requests were sent.
    pub(super) fn requests(&self) -> u64 {
        self.requests.get()
    }

    /// Asks until there is an answer, or no more tries.
    pub(super) async fn ask(&self, ask: Ask<'_>) -> Result<Answer, Failure> {
        let mut tries = 1;
        loop {
            if self.failures.get() >= GIVE_UP_AFTER {
                return Err(Failure::new(Reason::Unreachable, "not asked: the server failed too many requests in a row"));
            }
            let wait = match self.attempt(ask).await {
                Attempt::Answered(answer) => {
                    self.failures.set(0);
                    return Ok(answer);
                }
                Attempt::Again(wait, _) if tries < TRIES => wait,
                Attempt::Again(_, failure) | Attempt::Failed(failure) => {
                    self.failures.set(self.failures.get() + 1);
                    return Err(failure);
                }
            };
            let backoff = Duration::from_millis(200) * 2_u32.pow(tries);
            tokio::time::sleep(wait.unwrap_or(backoff).min(LONGEST_WAIT)).await;
            tries += 1;
        }
    }

    async fn attempt(&self, ask: Ask<'_>) -> Attempt {
        self.requests.set(self.requests.get() + 1);
        let unanswered = || Failure::new(Reason::Timeout, format!("no answer within {} s", self.timeout.as_secs()));
        tokio::time::timeout(self.timeout, self.send(ask)).await.unwrap_or_else(|_| Attempt::Failed(unanswered()))
    }

    async fn send(&self, ask: Ask<'_>) -> Attempt {
        let mut request = Request::builder().method(ask.method).uri(ask.path).header(http::header::ACCEPT, ask.accept);
        if ask.apply.is_some() {
            request = request.header(http::header::CONTENT_TYPE, "application/apply-patch+yaml");
        }
        let request = match request.body(Body::from(ask.apply.map(<[u8]>::to_vec).unwrap_or_default())) {
            Ok(request) => request,
            Err(error) => return Attempt::Failed(Failure::new(Reason::Other, error.to_string())),
        };
        let response = match self.client.send(request).await {
            Ok(response) => response,
            Err(kube::Error::Auth(error)) => {
                return Attempt::Failed(Failure::new(Reason::Unauthorized, words(&kube::Error::Auth(error))));
            }
            Err(error) => return Attempt::Again(None, Failure::new(Reason::Unreachable, words(&error))),
        };
        let (head, body) = response.into_parts();
        let body = match Limited::new(body, ask.limit).collect().await {
            Ok(body) => body.to_bytes(),
            Err(error) if error.is::<LengthLimitError>() => return Attempt::Failed(too_large(ask.limit)),
            Err(error) => return Attempt::Again(None, Failure::new(Reason::Unreachable, error.to_string())),
        };
        self.bytes.set(self.bytes.get().saturating_add(body.len()));
        if self.bytes.get() > TOTAL_BYTES {
            return Attempt::Failed(too_large(TOTAL_BYTES));
        }
        answered(head.status, &head.headers, &body)
    }
}

fn answered(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Attempt {
    let message = || String::from_utf8_lossy(body).chars().take(300).collect::<String>();
    match status {
        StatusCode::TOO_MANY_REQUESTS => Attempt::Again(retry_after(headers), Failure::new(Reason::Throttled, message())),
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            Attempt::Again(retry_after(headers), Failure::new(Reason::Other, format!("{status}: {}", message())))
        }
        _ => match serde_json::from_slice(body) {
            Ok(body) => Attempt::Answered(Answer { status, body }),
            Err(_) if !status.is_success() => Attempt::Answered(Answer { status, body: Value::Null }),
            Err(_) => Attempt::Failed(Failure::new(Reason::Other, "the answer is not JSON")),
        },
    }
}

/// The wait of a `Retry-After` in seconds; dates are not read.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(http::header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds))
}

fn too_large(limit: usize) -> Failure {
    Failure::new(Reason::Other, format!("the answer has more than {} MB", limit >> 20))
}
