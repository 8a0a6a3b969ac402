//! Addresses: several, IPv6, no DNS at all, and a proxy that ends TLS.

use std::fs;
use std::process::{Command, Stdio};

use anyhow::{Result, ensure};
use atoll_tests::host::{Host, answer, wait_for};

const PROGRAM: &str = env!("CARGO_BIN_EXE_atoll-program");

fn curl(host: &Host, arguments: &[&str]) -> Result<(bool, String)> {
    let mut curl = Command::new("curl");
    curl.args(["--silent", "--max-time", "10", "--cacert"]);
    let output = curl.arg(host.data_dir().join("keys/ca.pem")).args(arguments).output()?;
    Ok((output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned()))
}

#[test]
fn several_names_and_addresses_are_all_proven_and_others_are_not() -> Result<()> {
    let host = Host::new(PROGRAM)?;
    let port = host.port;
    let mut install = host.install();
    install.args(["--listen", &format!("[::1]:{port}")]);
    install.args(["--url", &format!("https://[::1]:{port}")]);
    install.args(["--url", &format!("https://atoll.test:{port}")]);
    answer(&install.output()?)?;
    let serving = host.serve()?;
    let resolve = |name: &str| format!("{name}:{port}:127.0.0.1");
    ensure!(curl(&host, &[&format!("https://127.0.0.1:{port}/readyz")])?.0, "an IPv4 address");
    ensure!(curl(&host, &["--globoff", &format!("https://[::1]:{port}/readyz")])?.0, "IPv6");
    let named = ["--resolve", &resolve("atoll.test"), &format!("https://atoll.test:{port}/readyz")];
    ensure!(curl(&host, &named)?.0, "a name");
    let other = ["--resolve", &resolve("bank.test"), &format!("https://bank.test:{port}/readyz")];
    ensure!(!curl(&host, &other)?.0, "a name it was not given");
    serving.stop()
}

#[test]
fn behind_nginx_that_ends_tls_the_site_answers_and_strangers_are_not_heard() -> Result<()> {
    let host = Host::new(PROGRAM)?;
    let (plain, front) = (Host::new(PROGRAM)?.port, Host::new(PROGRAM)?.port);
    let mut install = host.install();
    install.args(["--plain-listen", &format!("127.0.0.1:{plain}")]);
    install.args(["--trusted-proxy", "127.0.0.1"]);
    answer(&install.output()?)?;
    let serving = host.serve()?;
    let (keys, home) = (host.data_dir().join("keys"), host.path("nginx"));
    fs::create_dir(&home)?;
    let (keys, dir) = (keys.display(), home.display());
    let configuration = format!(
        "daemon off; pid {dir}/pid; error_log {dir}/error.log; events {{}}
         http {{ access_log off;
           client_body_temp_path {dir}/a; proxy_temp_path {dir}/b; fastcgi_temp_path {dir}/c;
           uwsgi_temp_path {dir}/d; scgi_temp_path {dir}/e;
           server {{ listen 127.0.0.1:{front} ssl;
             ssl_certificate {keys}/server.pem; ssl_certificate_key {keys}/server.key;
             location / {{ proxy_pass http://127.0.0.1:{plain};
               proxy_set_header Host $http_host;
               proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; }} }} }}"
    );
    let file = home.join("nginx.conf");
    fs::write(&file, configuration)?;
    let mut nginx = Command::new("/usr/sbin/nginx");
    let nginx = nginx.arg("-p").arg(&home).arg("-c").arg(&file).stderr(Stdio::null());
    let mut nginx = nginx.spawn()?;
    let through = format!("https://127.0.0.1:{front}/readyz");
    let answered =
        wait_for("an answer through nginx", || Ok(curl(&host, &[&through])?.1.contains("ready")));
    rustix::process::kill_process(
        rustix::process::Pid::from_child(&nginx),
        rustix::process::Signal::TERM,
    )?;
    nginx.wait()?;
    answered?;
    // Another address of this machine is no trusted proxy.
    let stranger = format!("http://127.0.0.1:{plain}/healthz");
    let (heard, _) = curl(&host, &["--interface", "127.0.0.2", &stranger])?;
    ensure!(!heard, "a stranger was answered on the plain listener");
    serving.stop()
}
