use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::super::refusal::Refusal;
use super::*;
use crate::provision::TemplateFiles;

const DOCUMENT: &str = "
driver = 'kubernetes'
[[parameters]]
name = 'cpu'
type = 'number'
default = '2'
[[parameters]]
name = 'greeting'
default = 'hello'
[[parameters]]
name = 'image'
default = 'docker.io/atoll/workspace:1'
options = [{ name = 'One', value = 'docker.io/atoll/workspace:1' }, { name = 'Two', value = 'docker.io/atoll/workspace:2' }]
[[agents]]
name = 'main'
";

const DEPLOYMENT: &str = "
apiVersion: apps/v1
kind: Deployment
metadata:
  name: dev
spec:
  template:
    spec:
      containers:
        - name: dev
          image: '{{ parameters.image }}'
          env:
            - name: GREETING
              value: '{{ parameters.greeting }}'
            - name: CPU
              value: '{{ parameters.cpu }}'
          resources:
            limits:
              cpu: '{{ parameters.cpu }}'
              memory: '{{ parameters.cpu * 2 }}Gi'
";

fn files(document: &str, manifest: &str) -> TemplateFiles {
    TemplateFiles::from_files([
        ("template.toml".to_owned(), document.as_bytes().to_vec()),
        ("manifests/dev.yaml".to_owned(), manifest.as_bytes().to_vec()),
    ])
    .expect("plain files")
}

fn scope(template: &Template, given: &[(&str, &str)]) -> Scope {
    let workspace = WorkspaceScope { id: "1".into(), name: "dev".into(), owner: "alice".into() };
    let given: BTreeMap<String, String> =
        given.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Scope::new(workspace, &template.document.parameters, &given).expect("values for all")
}

fn rendered(given: &[(&str, &str)]) -> Result<Value, Refusal> {
    let template = Template::read(&files(DOCUMENT, DEPLOYMENT)).expect("a fine template");
    let mut manifests = template.render(&scope(&template, given))?;
    Ok(manifests.remove(0).tree)
}

fn refused(document: &str, manifest: &str) -> crate::error::Problem {
    Template::read(&files(document, manifest)).expect_err("refused")
}

#[test]
fn an_expression_alone_keeps_its_type_where_the_cluster_takes_it() {
    let tree = rendered(&[("cpu", "4")]).expect("fine");
    let container = &tree["spec"]["template"]["spec"]["containers"][0];
    assert_eq!(container["resources"]["limits"], json!({ "cpu": 4, "memory": "8Gi" }));
    assert_eq!(container["env"][1]["value"], "4", "variables are texts");
}

#[test]
fn no_value_can_add_structure_or_be_evaluated() {
    for hostile in [
        "x\n          securityContext:\n            privileged: true",
        "\"}],\"hostNetwork\":true,\"x\":[{\"y\":\"",
        "- a\n- b",
        "{a: b}",
        "&x *x",
        "!!python/object:x y",
        "{{ workspace.id }}",
        "{% raw %}",
        "\0\u{2028}---\nkind: Pod",
    ] {
        let tree = rendered(&[("greeting", hostile)]).expect("a value is only a value");
        let pod = &tree["spec"]["template"]["spec"];
        assert_eq!(pod["containers"][0]["env"][0]["value"], hostile);
        let plain = rendered(&[]).expect("fine");
        assert_eq!(shape(&tree), shape(&plain), "{hostile:?}");
    }
}

/// A tree without its values.
fn shape(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().map(shape).collect(),
        Value::Object(map) => map.iter().map(|(key, item)| (key.clone(), shape(item))).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Value::Null,
    }
}

#[test]
fn an_expression_that_is_a_list_or_a_mapping_is_refused() {
    for expression in ["[1, 2]", "{'a': 1}", "parameters", "greeting | split(',')"] {
        let expression = expression.replace("greeting", "parameters.greeting");
        let manifest = DEPLOYMENT.replace("parameters.greeting", &expression);
        let Ok(template) = Template::read(&files(DOCUMENT, &manifest)) else { continue };
        let refusal = template.render(&scope(&template, &[])).expect_err(&expression);
        assert_eq!(refusal.problem().code().id, "template-expression-invalid");
    }
}

#[test]
fn every_option_of_an_image_is_declared_and_nothing_else_may_be_named() {
    let template = Template::read(&files(DOCUMENT, DEPLOYMENT)).expect("fine");
    let images: Vec<String> = template.images.iter().map(ToString::to_string).collect();
    assert_eq!(images, ["docker.io/atoll/workspace:1", "docker.io/atoll/workspace:2"]);
    let refusal = rendered(&[("image", "docker.io/evil/miner:1")]).expect_err("not declared");
    assert_eq!(refusal.problem().code().id, "template-image-undeclared");
}

#[test]
fn an_unknown_parameter_is_named_with_the_known_ones() {
    let problem =
        refused(DOCUMENT, &DEPLOYMENT.replace("parameters.greeting", "parameters.greting"));
    assert_eq!(problem.code().id, "template-expression-invalid");
    assert!(problem.cause().contains("`parameters.greting` is not known"), "{}", problem.cause());
    assert!(problem.cause().contains("`parameters.greeting`"), "{}", problem.cause());
}

#[test]
fn a_value_for_a_parameter_that_is_not_there_is_refused() {
    let template = Template::read(&files(DOCUMENT, DEPLOYMENT)).expect("fine");
    let workspace = WorkspaceScope { id: "1".into(), name: "dev".into(), owner: "alice".into() };
    let given = BTreeMap::from([("gpu".to_owned(), "1".to_owned())]);
    let why = Scope::new(workspace, &template.document.parameters, &given).expect_err("unknown");
    assert!(why.contains("gpu"));
}

#[test]
fn kinds_outside_the_list_are_refused_by_file_and_kind() {
    let more = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: { name: x }\n";
    let problem = refused(DOCUMENT, &format!("{DEPLOYMENT}{more}"));
    assert_eq!(problem.code().id, "template-kind-refused");
    assert!(
        problem.message().contains("ClusterRoleBinding")
            && problem.message().contains("manifests/dev.yaml")
    );
}

#[test]
fn names_are_fixed_short_different_and_not_atolls() {
    for name in ["'{{ workspace.name }}'", "Dev", "atoll-agent", "a123456789b123456789c123456789d"]
    {
        let problem = refused(
            DOCUMENT,
            &DEPLOYMENT.replace("name: dev\nspec", &format!("name: {name}\nspec")),
        );
        assert_eq!(problem.code().id, "template-manifest-invalid", "{name}");
    }
    let problem = refused(DOCUMENT, &format!("{DEPLOYMENT}---{DEPLOYMENT}"));
    assert_eq!(problem.code().id, "template-manifest-invalid");
}

#[test]
fn kind_and_version_are_not_expressions() {
    let problem = refused(
        DOCUMENT,
        &DEPLOYMENT.replace("kind: Deployment", "kind: '{{ parameters.greeting }}'"),
    );
    assert_eq!(problem.code().id, "template-kind-refused");
}

#[test]
fn an_agent_needs_one_place_to_live() {
    let elsewhere = DOCUMENT.replace("name = 'main'", "name = 'main'\nworkload = 'other'");
    assert_eq!(refused(&elsewhere, DEPLOYMENT).code().id, "template-agent-misplaced");
    let two = format!("{DOCUMENT}[[agents]]\nname = 'second'\n");
    assert_eq!(refused(&two, DEPLOYMENT).code().id, "template-agent-misplaced");
    let template = Template::read(&files(DOCUMENT, DEPLOYMENT)).expect("fine");
    let homes = template.agent_homes().expect("checked");
    assert_eq!((homes[0].workload.as_str(), homes[0].container.as_str()), ("dev", "dev"));
}

#[test]
fn a_script_keeps_its_own_braces_and_two_braces_can_be_written() {
    let manifest = format!(
        "{DEPLOYMENT}---
apiVersion: v1
kind: ConfigMap
metadata: {{ name: files }}
data:
  run.sh: 'echo ${{#x}} {{% y %}} {{{{ \"{{{{\" }}}}.ID}}}}'
"
    );
    let template = Template::read(&files(DOCUMENT, &manifest)).expect("fine");
    let manifests = template.render(&scope(&template, &[])).expect("fine");
    assert_eq!(manifests[0].tree["data"]["run.sh"], "echo ${#x} {% y %} {{.ID}}");
}

#[test]
fn a_template_without_a_deployment_is_refused() {
    let problem = refused(DOCUMENT, "apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\n");
    assert_eq!(problem.code().id, "template-manifest-invalid");
}

#[test]
fn the_template_that_comes_with_atoll_is_fine() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("templates/kubernetes-shell");
    let files = ["template.toml", "README.md", "manifests/workspace.yaml"];
    let files =
        files.map(|path| (path.to_owned(), std::fs::read(folder.join(path)).expect("is there")));
    let files = TemplateFiles::from_files(files).expect("plain files");
    let template = Template::read(&files).expect("keeps its own rules");
    let rendered = template.render(&scope(&template, &[("disk", "20")])).expect("fine values");
    assert_eq!(rendered[0].tree["spec"]["resources"]["requests"]["storage"], "20Gi");
    assert_eq!(
        rendered[1].tree["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["cpu"],
        2
    );
    assert!(!template.into_spec(&files).expect("a README in UTF-8").readme.is_empty());
}
