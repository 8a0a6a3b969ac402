//! What objects of a workspace are called and how they are found.

use serde_json::{Map, Value};

use super::super::settings::KubeSettings;
use crate::provision::{BuildRequest, WorkspaceIdentity};

/// Digits of the workspace's id in names. They are the random end of a version 7 UUID: two
/// workspaces of a site that ever held a million share them with a chance of one in 500, and
/// then the second is refused (`gather`), not mixed up.
const DIGITS: usize = 12;

/// The longest value of a label.
const LABEL_VALUE_MAX: usize = 63;

/// The names of one workspace.
pub(in super::super) struct Names<'a> {
    workspace: &'a WorkspaceIdentity,
    settings: &'a KubeSettings,
    short: String,
}

impl<'a> Names<'a> {
    /// The names of the workspace of this request.
    pub(in super::super) fn new(request: &'a BuildRequest, settings: &'a KubeSettings) -> Self {
        let digits = request.workspace.id.simple().to_string();
        let short = digits[digits.len() - DIGITS..].to_owned();
        Self { workspace: &request.workspace, settings, short }
    }

    /// The cluster's name for an object of the template. It does not change when people rename
    /// the workspace: the claim must be found again.
    pub(in super::super) fn object(&self, name: &str) -> String {
        format!("ws-{}-{name}", self.short)
    }

    /// The labels of an object.
    pub(super) fn labels(&self, name: &str) -> Map<String, Value> {
        let mut labels = self.selector(name);
        labels.insert("app.kubernetes.io/managed-by".into(), "atoll".into());
        let people = [("workspace", &self.workspace.name), ("owner", &self.workspace.owner_name)];
        for (label, value) in people {
            // For people who look with kubectl; a name that is no label value is left out.
            if is_label_value(value) {
                labels.insert(self.settings.label(label), value.as_str().into());
            }
        }
        labels
    }

    /// What finds the pods of one Deployment.
    pub(super) fn selector(&self, name: &str) -> Map<String, Value> {
        let mut selector = self.workspace_selector();
        selector.insert(self.settings.label("object"), name.into());
        selector
    }

    /// What finds everything of the workspace.
    pub(super) fn workspace_selector(&self) -> Map<String, Value> {
        Map::from_iter([(
            self.settings.label("workspace-id"),
            Value::from(self.workspace.id.to_string()),
        )])
    }

    /// The same as a query.
    pub(in super::super) fn query(&self) -> String {
        format!("{}={}", self.settings.label("workspace-id"), self.workspace.id)
    }

    /// The workspace's own name, the host name of its pods.
    pub(super) fn host(&self) -> &str {
        &self.workspace.name
    }
}

fn is_label_value(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    let bytes = text.as_bytes();
    bytes.len() <= LABEL_VALUE_MAX
        && edge(bytes.first())
        && edge(bytes.last())
        && text.bytes().all(inner)
}
