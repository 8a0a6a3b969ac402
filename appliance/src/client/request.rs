//! Requests and answers.

use std::time::Duration;

use futures_util::StreamExt as _;
use reqwest::{Body, Method, RequestBuilder, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Client, Endpoint, from_wire};
use crate::error::{Outcome, Problem, codes};

/// An answer that is not a stream has come by then, or the server is stuck.
const ANSWER_TIMEOUT: Duration = Duration::from_mins(1);
/// No answer of the API that is not a stream is larger.
const ANSWER_BYTES_MAX: usize = 16 << 20;
/// No line of an event stream is longer: a log line has at most 1,024 characters.
const EVENT_LINE_BYTES_MAX: usize = 64 << 10;

/// Anything that changes something carries this header, so that no other site's page can send it.
const CLIENT_HEADER: &str = "x-atoll-client";

impl Client {
    /// `GET`, the answer as a value.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Outcome<T> {
        decode(self.send(self.request(Method::GET, path).timeout(ANSWER_TIMEOUT)).await?).await
    }

    /// `POST` of a value, the answer as a value.
    pub async fn post<T: DeserializeOwned>(&self, path: &str, body: &impl Serialize) -> Outcome<T> {
        let request = self.request(Method::POST, path).json(body).timeout(ANSWER_TIMEOUT);
        decode(self.send(request).await?).await
    }

    /// `PATCH` of a value, the answer as a value.
    pub async fn patch<T: DeserializeOwned>(
        &self,
        path: &str,
        body: &impl Serialize,
    ) -> Outcome<T> {
        let request = self.request(Method::PATCH, path).json(body).timeout(ANSWER_TIMEOUT);
        decode(self.send(request).await?).await
    }

    /// A request whose answer has no body that matters.
    pub async fn act(&self, method: Method, path: &str) -> Outcome<()> {
        self.send(self.request(method, path).timeout(ANSWER_TIMEOUT)).await.map(drop)
    }

    /// `POST` of bytes with their media type, the answer as a value.
    pub async fn upload<T: DeserializeOwned>(
        &self,
        path: &str,
        media_type: &str,
        body: impl Into<Body>,
    ) -> Outcome<T> {
        let request =
            self.request(Method::POST, path).header("content-type", media_type).body(body);
        decode(self.send(request).await?).await
    }

    /// `GET` of a stream of server-sent events.
    pub async fn events(&self, path: &str) -> Outcome<Events> {
        let request = self.request(Method::GET, path).header("accept", "text/event-stream");
        let answer = self.send(request).await?;
        Ok(Events {
            bytes: answer.bytes_stream().boxed(),
            buffer: Vec::new(),
            server: self.server(),
        })
    }

    /// The server, for a sentence.
    pub(super) fn server(&self) -> String {
        match &self.endpoint {
            Endpoint::Local(socket) => socket.display().to_string(),
            Endpoint::Remote(url, _) => url.to_string(),
        }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = match &self.endpoint {
            Endpoint::Local(_) => format!("http://localhost{path}"),
            Endpoint::Remote(url, _) => format!("{}{path}", url.as_str().trim_end_matches('/')),
        };
        let request = self.http.request(method, url).header(CLIENT_HEADER, "cli");
        match &self.token {
            Some(token) => request.bearer_auth(token.reveal()),
            None => request,
        }
    }

    async fn send(&self, request: RequestBuilder) -> Outcome<Response> {
        let answer = request.send().await.map_err(|error| unreachable(&self.server(), error))?;
        if answer.status().is_success() {
            return Ok(answer);
        }
        let status = answer.status();
        let body = read(answer).await?;
        Err(match serde_json::from_slice::<atoll_wire::ProblemBody>(&body) {
            Ok(body) => from_wire(body.error),
            Err(_) => Problem::new(
                &codes::client::ANSWER_FOREIGN,
                format!("`{}` answered {status}", self.server()),
            ),
        })
    }
}

/// Server-sent events, one after the other.
pub struct Events {
    bytes: futures_util::stream::BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    buffer: Vec<u8>,
    server: String,
}

/// One event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Its name; `message` where the server gave none.
    pub name: String,
    /// Its data, lines joined.
    pub data: String,
}

impl Events {
    /// The next event, or the end.
    pub async fn next(&mut self) -> Outcome<Option<Event>> {
        loop {
            if let Some(end) = self.buffer.windows(2).position(|pair| pair == b"\n\n") {
                let block: Vec<u8> = self.buffer.drain(..end + 2).collect();
                if let Some(event) = parse(&String::from_utf8_lossy(&block)) {
                    return Ok(Some(event));
                }
                continue;
            }
            if self.buffer.len() > EVENT_LINE_BYTES_MAX {
                return Err(Problem::new(
                    &codes::client::ANSWER_FOREIGN,
                    format!("`{}` sent an endless event", self.server),
                ));
            }
            match self.bytes.next().await {
                None => return Ok(None),
                Some(Ok(bytes)) => self.buffer.extend_from_slice(&bytes),
                Some(Err(error)) => return Err(unreachable(&self.server, error)),
            }
        }
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Events").field("server", &self.server).finish_non_exhaustive()
    }
}

/// A block of lines; one without data (a comment that keeps the connection alive) is no event.
fn parse(block: &str) -> Option<Event> {
    let mut name = "message";
    let mut data = Vec::new();
    for line in block.lines() {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => name = value,
            "data" => data.push(value),
            _ => {}
        }
    }
    (!data.is_empty()).then(|| Event { name: name.to_owned(), data: data.join("\n") })
}

async fn decode<T: DeserializeOwned>(answer: Response) -> Outcome<T> {
    let server = answer.url().to_string();
    let body = read(answer).await?;
    // An empty answer is `null`, which `()` takes.
    let body: &[u8] = if body.is_empty() { b"null" } else { &body };
    serde_json::from_slice(body).map_err(|error| {
        Problem::new(
            &codes::client::ANSWER_FOREIGN,
            format!("`{server}` answered something else than was asked"),
        )
        .because(&error)
    })
}

async fn read(answer: Response) -> Outcome<Vec<u8>> {
    let server = answer.url().to_string();
    let mut stream = answer.bytes_stream();
    let mut body = Vec::new();
    while let Some(bytes) = stream.next().await {
        body.extend_from_slice(&bytes.map_err(|error| unreachable(&server, error))?);
        if body.len() > ANSWER_BYTES_MAX {
            return Err(Problem::new(
                &codes::client::ANSWER_FOREIGN,
                format!("`{server}` sent more than {ANSWER_BYTES_MAX} bytes"),
            ));
        }
    }
    Ok(body)
}

/// Why a server did not answer, with the remedy that fits.
fn unreachable(server: &str, error: reqwest::Error) -> Problem {
    let problem = Problem::new(&codes::client::UNREACHABLE, format!("cannot reach `{server}`"));
    let error = error.without_url();
    let problem = problem.because(&error);
    if problem.cause().contains("certificate") {
        return problem.remedy("the certificate is not the one this login trusts: log in again with `atoll login URL --ca-sha256 …`; `atoll status` on the server prints the line");
    }
    problem
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_have_names_and_data_and_comments_are_none() {
        let event = parse("event: end\ndata: {\"a\":\ndata: 1}\n\n").expect("an event");
        assert_eq!(event, Event { name: "end".into(), data: "{\"a\":\n1}".into() });
        assert_eq!(parse(": still here\n\n"), None);
        assert_eq!(parse("data:x\n\n").expect("an event").name, "message");
    }
}
