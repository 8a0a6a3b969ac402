//! A client of the API that knows nothing of the server's types: what it sees is what is sent.

use std::net::SocketAddr;

use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use reqwest::{Method, RequestBuilder};
use serde_json::Value;

/// The API as somebody, or as nobody.
#[derive(Debug, Clone)]
pub struct Api {
    base: String,
    http: reqwest::Client,
    token: Option<String>,
}

/// What was answered.
#[derive(Debug)]
pub struct Answer {
    /// What was asked, for messages.
    pub asked: String,
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: reqwest::header::HeaderMap,
    /// The body; null when there was none or no JSON.
    pub body: Value,
}

impl Api {
    #[expect(clippy::disallowed_methods, reason = "a test's own client, to a site on loopback")]
    pub(super) fn new(address: SocketAddr) -> Self {
        // Another test may have been first; either way there is one.
        drop(rustls::crypto::ring::default_provider().install_default());
        Self { base: format!("http://{address}"), http: reqwest::Client::new(), token: None }
    }

    /// The same, with this token.
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The token in use.
    pub fn token(&self) -> &str {
        self.token.as_deref().expect("somebody is logged in")
    }

    /// A request to be completed and sent.
    pub fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let path =
            if path.starts_with("/api/") { path.to_owned() } else { format!("/api/v1{path}") };
        let request = self.http.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// Sends a request.
    pub async fn send(&self, request: RequestBuilder) -> Answer {
        let request = request.build().expect("well formed");
        let asked = format!("{} {}", request.method(), request.url().path());
        let answer = self.http.execute(request).await.expect("an answer");
        let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
        let body = answer.bytes().await.expect("a body");
        Answer { asked, status, headers, body: serde_json::from_slice(&body).unwrap_or_default() }
    }

    /// `GET`
    pub async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    /// `POST`
    pub async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::POST, path).json(body)).await
    }

    /// `PATCH`
    pub async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.send(self.request(Method::PATCH, path).json(body)).await
    }

    /// `DELETE`
    pub async fn delete(&self, path: &str) -> Answer {
        self.send(self.request(Method::DELETE, path)).await
    }

    /// Follows a log.
    pub async fn follow(&self, path: &str) -> Events {
        let answer = self.request(Method::GET, path).send().await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200, "{path}");
        Events { bytes: answer.bytes_stream().boxed(), buffer: String::new() }
    }

    /// Waits until a workspace's latest build has ended, and gives the workspace.
    pub async fn settled(&self, id: &str) -> Answer {
        let workspace = self.get(&format!("/workspaces/{id}")).await.expect_status(200);
        let build = workspace.text("/latest_build/id");
        self.follow(&format!("/builds/{build}/logs?follow=true")).await.to_end().await;
        self.get(&format!("/workspaces/{id}")).await.expect_status(200)
    }
}

impl Answer {
    /// The same answer, which must have this status.
    pub fn expect_status(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}: {}", self.asked, self.body);
        self
    }

    /// The same answer, which must be a refusal of this code with cause and remedy in order.
    pub fn expect_code(self, code: &str) -> Self {
        assert_eq!(self.text("/error/code"), code, "{}: {}", self.asked, self.body);
        assert!(!self.text("/error/remedy").is_empty(), "{}", self.body);
        assert_eq!(self.text("/error/request_id").len(), 12, "{}", self.body);
        self
    }

    /// The text at this place of the body.
    pub fn text(&self, pointer: &str) -> String {
        let value = self.at(pointer);
        value.as_str().map_or_else(|| value.to_string(), str::to_owned)
    }

    /// The value at this place of the body.
    pub fn at(&self, pointer: &str) -> &Value {
        self.body.pointer(pointer).unwrap_or_else(|| panic!("`{pointer}` is not in {}", self.body))
    }
}

/// Server-sent events.
pub struct Events {
    bytes: BoxStream<'static, reqwest::Result<bytes::Bytes>>,
    buffer: String,
}

impl Events {
    /// The next event: its name and its data. Absent when the stream ended.
    pub async fn next(&mut self) -> Option<(String, Value)> {
        loop {
            if let Some(end) = self.buffer.find("\n\n") {
                let block: String = self.buffer.drain(..end + 2).collect();
                let field = |name: &str| {
                    let mut lines = block.lines();
                    lines.find_map(|line| line.strip_prefix(name)).map(str::trim)
                };
                if let Some(data) = field("data:") {
                    let data = serde_json::from_str(data).expect("JSON");
                    return Some((field("event:").unwrap_or("message").to_owned(), data));
                }
                continue;
            }
            let bytes = self.bytes.next().await?.ok()?;
            self.buffer.push_str(std::str::from_utf8(&bytes).expect("text"));
        }
    }

    /// All lines up to the end, and the end.
    pub async fn to_end(mut self) -> (Vec<String>, Value) {
        let mut lines = Vec::new();
        while let Some((name, data)) = self.next().await {
            if name == "end" {
                return (lines, data);
            }
            lines.push(data["line"].as_str().expect("a line").to_owned());
        }
        panic!("the log ended without an end after {lines:?}");
    }
}

impl std::fmt::Debug for Events {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("Events")
    }
}
