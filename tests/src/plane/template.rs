//! Templates for the scripted driver.

use reqwest::Method;

use super::{Answer, Api};

/// A template to be pushed.
#[derive(Debug, Clone, Default)]
pub struct Template {
    files: Vec<(String, String)>,
}

impl Template {
    /// A template of the scripted driver: what stands in `template.toml` behind the driver, and
    /// the script.
    pub fn echo(document: &str, script: &str) -> Self {
        Self::default()
            .file("template.toml", &format!("driver = \"echo\"\n{document}"))
            .file("echo.toml", script)
    }

    /// Adds a file.
    pub fn file(mut self, path: &str, content: &str) -> Self {
        self.files.push((path.into(), content.into()));
        self
    }

    /// As it is sent.
    pub fn archive(&self) -> Vec<u8> {
        let mut tar = tar::Builder::new(Vec::new());
        for (path, content) in &self.files {
            let mut header = tar::Header::new_ustar();
            header.set_size(content.len() as u64);
            header.set_mode(0o644);
            tar.append_data(&mut header, path, content.as_bytes()).expect("in memory");
        }
        let tar = tar.into_inner().expect("in memory");
        zstd::encode_all(tar.as_slice(), 3).expect("in memory")
    }

    /// Pushes it and waits for the end of its import; gives the version.
    pub async fn push(&self, owner: &Api, name: &str) -> Answer {
        let path = format!("/templates/{name}/versions");
        let request = owner.request(Method::POST, &path).body(self.archive());
        let version = owner.send(request).await.expect_status(202);
        let job = version.text("/job_id");
        owner.follow(&format!("/jobs/{job}/logs?follow=true")).await.to_end().await;
        owner.get(&format!("{path}/{}", version.text("/number"))).await.expect_status(200)
    }
}
