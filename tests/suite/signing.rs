//! Stock `openssl` and our own keys and signatures understand each other.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use atoll_signing::{PublicKey, Purpose, SigningKey};

fn openssl(folder: &Path, arguments: &[&str]) -> Result<bool> {
    let output = Command::new("openssl")
        .args(arguments)
        .current_dir(folder)
        .output()
        .context("start openssl")?;
    Ok(output.status.success())
}

#[test]
fn openssl_checks_our_signature_and_refuses_a_changed_one() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    let key = SigningKey::generate(&mut rand::rng());
    let document = b"checksums of a release\n";
    fs::write(path("key.pub.pem"), key.public().to_pem())?;
    fs::write(path("message"), [b"release\0", document.as_slice()].concat())?;
    fs::write(path("signature"), key.sign(Purpose::Release, document))?;
    let verify = "pkeyutl -verify -pubin -inkey key.pub.pem -rawin -in message -sigfile signature";
    let verify: Vec<&str> = verify.split(' ').collect();
    ensure!(openssl(folder.path(), &verify)?, "openssl refuses a good signature");
    fs::write(path("message"), [b"license\0", document.as_slice()].concat())?;
    ensure!(!openssl(folder.path(), &verify)?, "openssl accepts another purpose");
    Ok(())
}

#[test]
fn keys_made_by_openssl_are_ours_and_ours_are_its() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let path = |name: &str| folder.path().join(name);
    ensure!(openssl(folder.path(), &["genpkey", "-algorithm", "ed25519", "-out", "key.pem"])?);
    ensure!(openssl(folder.path(), &["pkey", "-in", "key.pem", "-pubout", "-out", "pub.pem"])?);
    let key = SigningKey::from_pem(&fs::read_to_string(path("key.pem"))?)?;
    let public = PublicKey::from_pem(&fs::read_to_string(path("pub.pem"))?)?;
    ensure!(key.public() == public, "the halves differ");
    let own = SigningKey::generate(&mut rand::rng());
    fs::write(path("own.pem"), own.to_pem().as_bytes())?;
    ensure!(openssl(folder.path(), &["pkey", "-in", "own.pem", "-pubout", "-out", "own.pub"])?);
    let read = PublicKey::from_pem(&fs::read_to_string(path("own.pub"))?)?;
    ensure!(read == own.public(), "openssl reads another key");
    Ok(())
}
