//! A real image to work in, made from Debian packages and kept in the cache.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::image::{Image, Start};
use super::programs::cache_dir;
use super::wait;

/// The name under which it is published upstream, so to speak.
pub const WORKSPACE_IMAGE: &str = "registry.example.com/atoll/workspace:1";
const SUITE: &str = "bookworm";
const PACKAGES: &str = "bash,ca-certificates,curl,gcc,git,libc6-dev,procps,python3";
/// The user of every workspace; the home directory is where its claim will be mounted.
const USER: &str = "useradd --uid 1000 --user-group --create-home --shell /bin/bash coder";
/// Nobody reads manuals in a container; translations are a third of the image.
const WITHOUT: [&str; 3] = ["/usr/share/man/*", "/usr/share/doc/*", "/usr/share/locale/*"];

/// The image, made when the cache has none (about 40 s, 200 MB), and in which layout it lies.
///
/// # Errors
/// Carries mmdebstrap's own message.
pub fn workspace() -> Result<Image> {
    let recipe = format!("{SUITE} {PACKAGES} {USER} {WITHOUT:?} {WORKSPACE_IMAGE}");
    let digest = hex::encode(Sha256::digest(recipe.as_bytes()));
    let home = cache_dir()?.join("images").join(format!("workspace-{}", &digest[..12]));
    if !home.join("index.json").exists() {
        make(&home).context("make the workspace image")?;
    }
    Ok(Image { reference: WORKSPACE_IMAGE.to_owned(), layout: home })
}

fn make(home: &Path) -> Result<()> {
    let stage = stage(home)?;
    let tar = stage.join("root.tar");
    let mut command = Command::new("mmdebstrap");
    command
        .args(["--quiet", "--variant=minbase", "--format=tar"])
        .arg(format!("--include={PACKAGES}"))
        .arg(format!("--customize-hook=chroot \"$1\" {USER}"))
        .args(WITHOUT.map(|path| format!("--dpkgopt=path-exclude={path}")))
        .arg(SUITE)
        .arg(&tar)
        .arg(format!("deb {} {SUITE} main", archive()?));
    wait::output(command)?;
    let start = Start {
        command: &["/bin/bash"],
        user: "1000:1000",
        environment: &["PATH=/usr/local/bin:/usr/bin:/bin", "HOME=/home/coder"],
        directory: "/home/coder",
    };
    let layout = stage.join("layout");
    Image::write(WORKSPACE_IMAGE, &start, File::open(&tar)?, &layout)?;
    fs::rename(&layout, home).with_context(|| format!("rename to {}", home.display()))?;
    fs::remove_dir_all(&stage)?;
    Ok(())
}

fn stage(home: &Path) -> Result<PathBuf> {
    let stage = home.with_extension(format!("stage-{}", std::process::id()));
    fs::create_dir_all(&stage).with_context(|| format!("create {}", stage.display()))?;
    Ok(stage)
}

/// The Debian archive this machine already uses.
fn archive() -> Result<String> {
    let mut command = Command::new("apt-get");
    command.args(["indextargets", "--format", "$(REPO_URI) $(LABEL) $(COMPONENT)"]);
    let targets = wait::output(command)?;
    let line = targets.lines().find(|line| line.ends_with(" Debian main"));
    let address = line.and_then(|line| line.split_whitespace().next());
    Ok(address.context("apt knows no Debian archive: run `apt-get update`")?.to_owned())
}
