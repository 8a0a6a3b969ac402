//! A site of the driver: the account, a client with its rights, a template of a shell.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use atoll::error::Problem;
use atoll::provision::kube::account::{Admin, ClusterAccount, create, discover};
use atoll::provision::kube::{KubeDriver, KubeSettings};
use atoll::provision::{
    BuildError, BuildLog, BuildOutcome, BuildRequest, Driver, Inventory, Level, ServerAccess,
    Stage, TemplateFiles, Transition, WorkspaceIdentity,
};
use atoll_tests::cluster::Cluster;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::inside::inside;

/// Where these stories' workspaces run.
pub(crate) const NAMESPACE: &str = "atoll-stories";
/// Everything here takes seconds; the machine may be busy.
const READY_WITHIN: Duration = Duration::from_mins(2);

/// A workspace of one container and one claim; words in capitals are replaced.
pub(crate) const SHELL: &str = r#"
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: home}
spec: {resources: {requests: {storage: 1Mi}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: main}
spec:
  template:
    spec:
      securityContext: {runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000}
      containers:
      - name: shell
        image: atoll.test/helper:1
        command: [/bin/sh, -c, 'exec sleep 2147483647']
        env: [{name: GREETING, value: "{{ parameters.greeting }}"}]
        resources: {requests: {cpu: 10m, memory: 8Mi}, limits: {cpu: 100m, memory: 32Mi}}
        volumeMounts: [{name: home, mountPath: /home/coder}]
      volumes: [{name: home, persistentVolumeClaim: {claimName: home}}]
"#;

const DOCUMENT: &str =
    "driver = 'kubernetes'\n[[parameters]]\nname = 'greeting'\ndefault = 'hello'\n";

/// The lines of a build.
#[derive(Default)]
pub(crate) struct Lines(Mutex<Vec<String>>);

impl Lines {
    pub(crate) fn text(&self) -> String {
        self.0.lock().expect("no story panics while logging").join("\n")
    }
}

impl BuildLog for Lines {
    fn line(&self, stage: Stage, level: Level, text: &str) {
        let line = format!("{} {level:?} {text}", stage.as_str());
        self.0.lock().expect("no story panics while logging").push(line);
    }
}

/// The account's kubeconfig and what the driver is told about the cluster.
pub(crate) struct Site<'a> {
    pub(crate) cluster: &'a Cluster,
    pub(crate) account: ClusterAccount,
    pub(crate) settings: KubeSettings,
}

impl<'a> Site<'a> {
    /// Makes the account from the administrator's kubeconfig, as install does.
    pub(crate) fn make(cluster: &'a Cluster) -> Result<Self> {
        let path = cluster.kubeconfig();
        let account = inside(cluster, || async move {
            let admin = Admin::open(&path).await.map_err(told)?;
            let found = discover(&admin, NAMESPACE).await.map_err(told)?;
            if let Some(problem) = found.refusal(NAMESPACE, None) {
                return Err(told(problem));
            }
            create(&admin, &found, NAMESPACE).await.map_err(told)
        })?;
        let settings =
            KubeSettings { unschedulable: Duration::from_secs(3), ..KubeSettings::new(NAMESPACE) };
        Ok(Self { cluster, account, settings })
    }

    /// kubectl in the site's namespace.
    pub(crate) fn kubectl(&self, arguments: &[&str]) -> Result<String> {
        self.cluster.kubectl(&[&["--namespace", NAMESPACE], arguments].concat())
    }

    /// Builds; the log is given back whatever happens.
    pub(crate) fn build(&self, request: BuildRequest) -> Result<Built> {
        self.build_until(request, CancellationToken::new())
    }

    /// The same, with a token to cancel it by.
    pub(crate) fn build_until(
        &self,
        request: BuildRequest,
        cancel: CancellationToken,
    ) -> Result<Built> {
        let log = Lines::default();
        let result = inside(self.cluster, || async {
            let client = self.account.client().await.map_err(told)?;
            let driver = KubeDriver::new(client, self.settings.clone());
            Ok(driver.build(request, &log, cancel).await)
        })?;
        Ok(Built { result, log: log.text() })
    }
}

/// How a build ended.
pub(crate) struct Built {
    pub(crate) result: Result<BuildOutcome, BuildError>,
    pub(crate) log: String,
}

impl Built {
    /// The outcome of a build that should have succeeded.
    pub(crate) fn success(self) -> Result<BuildOutcome> {
        let log = self.log;
        self.result.map_err(|error| told(error.problem())).with_context(|| log)
    }

    /// The problem of a build that should have failed, and what it left.
    pub(crate) fn failure(self) -> Result<(Problem, Inventory)> {
        match self.result {
            Ok(_) => Err(anyhow!("the build succeeded:\n{}", self.log)),
            Err(error) => Ok((error.problem(), error.inventory().clone())),
        }
    }
}

/// A workspace between builds.
pub(crate) struct Workspace {
    pub(crate) id: Uuid,
    pub(crate) build_number: i64,
    pub(crate) inventory: Inventory,
    pub(crate) manifests: String,
    pub(crate) parameters: BTreeMap<String, String>,
}

impl Workspace {
    pub(crate) fn new(manifests: impl Into<String>) -> Self {
        Self {
            id: Uuid::now_v7(),
            build_number: 0,
            inventory: Inventory::default(),
            manifests: manifests.into(),
            parameters: BTreeMap::new(),
        }
    }

    /// The next build's request.
    pub(crate) fn request(&mut self, transition: Transition) -> BuildRequest {
        self.build_number += 1;
        let files = TemplateFiles::from_files([
            ("template.toml".to_owned(), DOCUMENT.as_bytes().to_vec()),
            ("manifests/all.yaml".to_owned(), self.manifests.clone().into_bytes()),
        ]);
        BuildRequest {
            workspace: WorkspaceIdentity {
                id: self.id,
                name: "dev".into(),
                owner_id: Uuid::nil(),
                owner_name: "alice".into(),
            },
            transition,
            build_number: self.build_number,
            files: Arc::new(files.expect("plain files")),
            parameters: self.parameters.clone(),
            agents: Vec::new(),
            server: ServerAccess {
                urls: Vec::new(),
                ca_pem: String::new(),
                agent_image: "atoll.site/agent:0".into(),
            },
            previous: self.inventory.clone(),
            ready_within: READY_WITHIN,
        }
    }

    /// Builds and keeps the inventory, whatever happened.
    pub(crate) fn build(&mut self, site: &Site<'_>, transition: Transition) -> Result<Built> {
        let built = site.build(self.request(transition))?;
        self.inventory = match &built.result {
            Ok(outcome) => outcome.inventory.clone(),
            Err(error) => error.inventory().clone(),
        };
        Ok(built)
    }

    /// The label that finds all of it.
    pub(crate) fn selector(&self) -> String {
        format!("atoll.site/workspace-id={}", self.id)
    }

    /// What of these kinds is in the cluster, as `kind/name` lines.
    pub(crate) fn there(&self, site: &Site<'_>, kinds: &str) -> Result<String> {
        site.kubectl(&["get", kinds, "--selector", &self.selector(), "-o", "name"])
    }

    /// Runs a script in the container.
    pub(crate) fn run(&self, site: &Site<'_>, script: &str) -> Result<String> {
        let pod = self.there(site, "pods")?;
        site.kubectl(&["exec", pod.trim(), "--", "sh", "-ec", script])
    }

    /// Takes it away, so that the story leaves the world as it found it.
    pub(crate) fn delete(&mut self, site: &Site<'_>) -> Result<()> {
        self.build(site, Transition::Delete)?.success().map(drop)
    }
}

/// Every kind a workspace may leave something of.
pub(crate) const ALL_KINDS: &str = "deployments,replicasets,pods,services,secrets,configmaps,\
     persistentvolumeclaims,serviceaccounts,networkpolicies";

/// A problem as an error, with everything an operator would read.
pub(crate) fn told(problem: Problem) -> anyhow::Error {
    anyhow!(
        "{problem} [{}]\n  cause: {}\n  remedy: {}",
        problem.code().id,
        problem.cause(),
        problem.remedy_text()
    )
}
