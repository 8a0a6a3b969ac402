//! A template and a request that the unit tests share.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::settings::KubeSettings;
use crate::provision::{
    AgentGrant, BuildRequest, Inventory, ServerAccess, TemplateFiles, Transition, WorkspaceIdentity,
};
use crate::secret::Secret;

pub(super) const DOCUMENT: &str = "
driver = 'kubernetes'
[[agents]]
name = 'main'
container = 'dev'
";

pub(super) const MANIFESTS: &str = "
apiVersion: v1
kind: PersistentVolumeClaim
metadata: { name: home }
spec: { resources: { requests: { storage: 1Gi } } }
---
apiVersion: v1
kind: Secret
metadata: { name: key }
stringData: { password: hunter2 }
---
apiVersion: v1
kind: Service
metadata: { name: web }
spec: { selector: { app: dev }, ports: [{ port: 80 }] }
---
apiVersion: apps/v1
kind: Deployment
metadata: { name: dev, labels: { tier: shell } }
spec:
  selector: { matchLabels: { app: dev } }
  template:
    metadata: { labels: { app: dev } }
    spec:
      containers:
        - name: dev
          image: docker.io/atoll/workspace:1
          command: [sleep]
          args: [infinity]
          env:
            - name: PASSWORD
              valueFrom: { secretKeyRef: { name: key, key: password } }
          resources: { limits: { cpu: 1 } }
          volumeMounts: [{ name: home, mountPath: /home/dev }]
        - name: helper
          image: docker.io/atoll/workspace:1
      volumes:
        - name: home
          persistentVolumeClaim: { claimName: home }
";

/// The id all fixtures use; names of objects end in its last twelve digits.
pub(super) const WORKSPACE: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_aaaa_bbbb_cccc);

pub(super) fn request(manifests: &str) -> BuildRequest {
    let files = TemplateFiles::from_files([
        ("template.toml".to_owned(), DOCUMENT.as_bytes().to_vec()),
        ("manifests/all.yaml".to_owned(), manifests.as_bytes().to_vec()),
    ]);
    BuildRequest {
        workspace: WorkspaceIdentity {
            id: WORKSPACE,
            name: "dev".into(),
            owner_id: Uuid::nil(),
            owner_name: "alice".into(),
        },
        transition: Transition::Start,
        build_number: 7,
        files: Arc::new(files.expect("plain files")),
        parameters: BTreeMap::new(),
        agents: vec![AgentGrant {
            name: "main".into(),
            id: Uuid::nil(),
            token: Secret::new("token-text"),
        }],
        server: ServerAccess {
            urls: vec!["https://10.0.0.1:7443".parse().expect("a URL")],
            ca_pem: "PEM".into(),
            agent_image: "atoll.site/agent:0".into(),
        },
        previous: Inventory::default(),
        ready_within: Duration::from_mins(1),
    }
}

pub(super) fn settings() -> KubeSettings {
    KubeSettings::new("workspaces")
}
