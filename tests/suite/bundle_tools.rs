//! Stock tools read a bundle: it is a tar archive and an OCI layout.

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use atoll_bundle::Digest;
use atoll_tests::bundles::{Recipe, noise};
use atoll_tests::database::eventually;

/// An empty tar archive is a layer that every runtime can unpack.
fn layer() -> Vec<u8> {
    vec![0; 1024]
}

fn bundle(folder: &Path) -> std::path::PathBuf {
    Recipe::new("1.0.0")
        .image("docker.io/library/thing:1", &[layer()])
        .image("quay.io/team/large:2", &[layer(), noise(1, 70_000)])
        .write(folder, "tools.atoll")
}

fn output(program: &str, arguments: &[&str]) -> Result<String> {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .with_context(|| format!("`{program}` is needed here; `make setup` installs it"))?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{program} {arguments:?}: {said}");
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn python_reads_every_entry() -> Result<()> {
    const PROGRAM: &str = "import sys, tarfile, hashlib\n\
        with tarfile.open(sys.argv[1], 'r:') as archive:\n\
        \x20   for entry in archive:\n\
        \x20       data = archive.extractfile(entry).read()\n\
        \x20       print(entry.name, entry.offset_data % 4096, hashlib.sha256(data).hexdigest())\n";
    let folder = tempfile::tempdir()?;
    let path = bundle(folder.path());
    let text = output("python3", &["-c", PROGRAM, &path.to_string_lossy()])?;
    let blobs: Vec<&str> = text.lines().filter(|line| line.starts_with("blobs/")).collect();
    ensure!(blobs.len() == 7, "{text}");
    for line in blobs {
        let mut words = line.split(' ');
        let name = words.next().context("a name")?.trim_start_matches("blobs/sha256/");
        ensure!(words.next() == Some("0"), "{line} does not begin on a page");
        ensure!(words.next() == Some(name), "{line} is not what its name says");
    }
    Ok(())
}

#[test]
fn skopeo_finds_images_by_their_original_names() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = bundle(folder.path());
    let source = format!("oci-archive:{}:quay.io/team/large:2", path.display());
    let text = output("skopeo", &["inspect", &source])?;
    ensure!(text.contains(&Digest::of(&noise(1, 70_000)).to_string()), "{text}");
    let target = format!("dir:{}", folder.path().join("out").display());
    output("skopeo", &["copy", "--quiet", &source, &target])?;
    Ok(())
}

/// A containerd of this test's own, which ends with it.
struct Containerd(Child);

impl Drop for Containerd {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

#[tokio::test]
async fn containerd_imports_the_file_as_it_is() -> Result<()> {
    ensure!(rustix::process::geteuid().is_root(), "containerd needs root: run the suite as root");
    let folder = tempfile::tempdir()?;
    let path = bundle(folder.path());
    let at = |name: &str| folder.path().join(name).to_string_lossy().into_owned();
    let config = format!(
        "version = 2\nroot = {:?}\nstate = {:?}\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\"]\n[grpc]\naddress = {:?}\n[ttrpc]\naddress = {:?}\n",
        at("root"),
        at("state"),
        at("c.sock"),
        at("c.sock.ttrpc"),
    );
    std::fs::write(at("config.toml"), config)?;
    let mut command = Command::new("containerd");
    command.args(["--config", &at("config.toml")]).stdout(Stdio::null()).stderr(Stdio::null());
    let _containerd = Containerd(command.spawn().context("containerd")?);
    let socket = at("c.sock");
    eventually("containerd answers", Duration::from_secs(30), async || {
        output("ctr", &["--address", &socket, "version"]).is_ok()
    })
    .await?;
    let bundle = path.to_string_lossy();
    // No unpacking: noise is no layer, and the snapshotter is not what this is about.
    output("ctr", &["--address", &socket, "images", "import", "--no-unpack", &bundle])?;
    let images = output("ctr", &["--address", &socket, "images", "list", "--quiet"])?;
    for name in ["docker.io/library/thing:1", "quay.io/team/large:2"] {
        ensure!(images.lines().any(|line| line == name), "{images}");
    }
    Ok(())
}
