//! What install refuses: with a code, a remedy, and nothing written.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use atoll_tests::host::{Host, answer, refusal};
use atoll_tests::journey::{Atoll, Maker, Recipe};

const PROGRAM: &str = env!("CARGO_BIN_EXE_atoll-program");

/// Refused under this code, and the data directory does not exist afterwards.
fn refused_untouched(host: &Host, command: &mut Command, code: &str) -> Result<()> {
    let refused = refusal(&command.output()?)?;
    ensure!(refused["code"] == code, "not `{code}`: {refused}");
    ensure!(!host.data_dir().exists(), "something was written");
    Ok(())
}

fn bundle(host: &Host, made_at: &str) -> Result<std::path::PathBuf> {
    let maker = Maker::new(Atoll::here(Path::new(PROGRAM), &host.path("home"))?, &host.path("m"))?;
    let template = host.path("template");
    fs::create_dir_all(&template)?;
    fs::write(template.join("template.toml"), "driver = \"echo\"\n")?;
    let recipe = Recipe {
        stream: "test".into(),
        version: "1.0.0".into(),
        templates: vec![("echo".into(), template)],
        ..Recipe::default()
    };
    let path = maker.make("site.atoll", &recipe)?;
    if made_at.is_empty() {
        return Ok(path);
    }
    let text = fs::read_to_string(host.path("m/site.atoll.toml"))?;
    fs::write(host.path("m/dated.toml"), format!("made-at = {made_at}\n{text}"))?;
    let dated = host.path("m/dated.atoll");
    let mut create = Command::new(PROGRAM);
    create.args(["bundle", "create"]).arg(host.path("m/dated.toml")).arg("--key");
    create.arg(host.path("m/maker.key.pem")).arg("--certificate").arg(host.path("m/maker.cert"));
    let output = create.arg("--out").arg(&dated).output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Ok(dated)
}

#[test]
fn a_taken_port_is_named_with_its_holder() -> Result<()> {
    let host = Host::new(PROGRAM)?;
    let _held = TcpListener::bind(("127.0.0.1", host.port))?;
    let refused = refusal(&host.install().output()?)?;
    ensure!(refused["code"] == "port-unavailable", "{refused}");
    let message = refused["message"].as_str().unwrap_or_default();
    ensure!(message.contains(&std::process::id().to_string()), "no holder: {message}");
    ensure!(!host.data_dir().exists());
    Ok(())
}

#[test]
fn a_foreign_and_a_newer_data_directory_are_left_as_they_are() -> Result<()> {
    let host = Host::new(PROGRAM)?;
    fs::create_dir(host.data_dir())?;
    fs::write(host.data_dir().join("thesis.tex"), "mine")?;
    let refused = refusal(&host.install().output()?)?;
    ensure!(refused["code"] == "data-directory-foreign", "{refused}");
    ensure!(fs::read_dir(host.data_dir())?.count() == 1);

    let host = Host::new(PROGRAM)?;
    fs::create_dir(host.data_dir())?;
    let marker = r#"{"format":1,"install_id":"sha256:00","release":"99.0.0"}"#;
    fs::write(host.data_dir().join("atoll.json"), marker)?;
    for mut command in [host.install(), host.command("serve")] {
        if rustix::process::geteuid().is_root() {
            chown(host.data_dir(), Some(65_534), Some(65_534))?;
        }
        let refused = refusal(&command.output()?)?;
        ensure!(refused["code"] == "data-directory-newer", "{refused}");
    }
    ensure!(fs::read_dir(host.data_dir())?.count() == 1);
    Ok(())
}

#[test]
fn a_directory_that_is_served_is_refused_with_the_process_that_serves_it() -> Result<()> {
    let host = Host::new(PROGRAM)?;
    answer(&host.install().output()?)?;
    let serving = host.serve()?;
    for mut command in [host.install(), host.command("serve")] {
        let output = command.output()?;
        ensure!(output.status.code() == Some(75), "not retryable: {}", output.status);
        let refused = refusal(&output)?;
        ensure!(refused["code"] == "data-directory-in-use", "{refused}");
        let message = refused["message"].as_str().unwrap_or_default();
        ensure!(message.contains(&serving.id().to_string()), "no holder: {message}");
    }
    serving.stop()
}

#[test]
fn root_without_a_user_to_drop_to_is_told_so() -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let host = Host::new(PROGRAM)?;
    // A host without the tool to make a user: its folder is hidden in a namespace of our own.
    let mut install = host.install();
    install.args(["--user", "nobody-has-this-name"]);
    let mut command = Command::new("/usr/bin/unshare");
    let script = r#"mount -t tmpfs none /usr/sbin && exec "$@""#;
    command.args(["--mount", "/bin/sh", "-c", script, "sh"]);
    let words = install.get_args().map(ToOwned::to_owned).collect::<Vec<_>>();
    let at = words.iter().position(|word| word == "nobody").context("the user")?;
    let words = words.iter().enumerate().filter(|(i, _)| *i + 1 != at && *i != at);
    command.arg(install.get_program()).args(words.map(|(_, word)| word));
    refused_untouched(&host, &mut command, "user-missing")?;

    fs::create_dir(host.data_dir())?;
    let marker = r#"{"format":1,"install_id":"sha256:00","release":"0.0.1"}"#;
    fs::write(host.data_dir().join("atoll.json"), marker)?;
    let refused = refusal(&host.command("serve").output()?)?;
    ensure!(refused["code"] == "root-without-user", "{refused}");
    Ok(())
}

#[test]
fn a_kubeconfig_that_cannot_be_read_or_leads_nowhere_is_refused() -> Result<()> {
    let host = Host::new(PROGRAM)?;
    let missing = host.path("missing");
    let mut command = host.install();
    refused_untouched(&host, command.arg("--kubeconfig").arg(missing), "kubeconfig-unreadable")?;
    let torn = host.path("torn");
    fs::write(&torn, "clusters: [")?;
    let mut command = host.install();
    refused_untouched(&host, command.arg("--kubeconfig").arg(&torn), "kubeconfig-unreadable")?;
    let nowhere = host.path("nowhere");
    let free = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    fs::write(
        &nowhere,
        format!(
            "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
             clusters: [{{name: c, cluster: {{server: 'https://127.0.0.1:{free}'}}}}]\n\
             contexts: [{{name: c, context: {{cluster: c, user: u}}}}]\n\
             users: [{{name: u, user: {{token: t}}}}]\n"
        ),
    )?;
    let mut command = host.install();
    refused_untouched(&host, command.arg("--kubeconfig").arg(&nowhere), "cluster-unreachable")
}

#[test]
fn a_disk_that_is_too_small_is_refused_before_the_first_write() -> Result<()> {
    if !rustix::process::geteuid().is_root() {
        return Ok(());
    }
    let host = Host::new(PROGRAM)?;
    let install = host.install();
    let small = host.path("");
    // A small disk of our own, in a namespace that ends with the command.
    let script = r#"mount -t tmpfs -o size=64m none "$0" && { "$@"; code=$?; ls -A "$0" | grep . && exit 0; exit $code; }"#;
    let mut command = Command::new("/usr/bin/unshare");
    command.args(["--mount", "/bin/sh", "-c", script]).arg(small);
    command.arg(install.get_program()).args(install.get_args());
    refused_untouched(&host, &mut command, "disk-too-small")
}

#[test]
fn a_clock_a_year_behind_the_bundle_is_refused() -> Result<()> {
    let host = Host::new(PROGRAM)?;
    let next_year = time::OffsetDateTime::now_utc() + time::Duration::days(365);
    let next_year = next_year.format(&time::format_description::well_known::Rfc3339)?;
    let seconds = next_year.split('.').next().context("a date")?.trim_end_matches('Z').to_owned();
    let bundle = bundle(&host, &format!("{seconds}Z"))?;
    refused_untouched(&host, host.install().arg(bundle), "clock-wrong")
}

#[test]
fn a_bundle_that_is_missing_cut_or_unknown_is_refused_before_the_first_write() -> Result<()> {
    let host = Host::new(PROGRAM)?;
    let mut command = host.install();
    refused_untouched(&host, command.arg(host.path("missing")), "bundle-missing")?;
    let bundle = bundle(&host, "")?;
    let bytes = fs::read(&bundle)?;
    let cut = host.path("cut.atoll");
    fs::write(&cut, &bytes[..bytes.len() - 4096])?;
    refused_untouched(&host, host.install().arg(&cut), "bundle-truncated")?;
    let noise = host.path("noise.atoll");
    fs::write(&noise, vec![7; 100_000])?;
    refused_untouched(&host, host.install().arg(&noise), "bundle-not-a-bundle")
}

#[test]
fn a_password_file_with_a_short_password_is_refused() -> Result<()> {
    let host = Host::new(PROGRAM)?;
    let file = host.path("password");
    fs::write(&file, "short\n")?;
    let mut command = host.install();
    refused_untouched(&host, command.arg("--admin-password-file").arg(&file), "password-unfit")
}
