//! The cluster's own certificate authority, its certificates and kubeconfigs. Made anew for each
//! cluster, valid for as long as a test could run.

use std::fs;
use std::net::IpAddr;

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose, SanType,
};

use super::layout::Layout;
use super::network::{API_SERVICE, NODE_ADDRESS, NODE_NAME};

/// Who the components are: file name, user, group.
const CLIENTS: [(&str, &str, &str); 6] = [
    ("admin", "kubernetes-admin", "system:masters"),
    ("controller-manager", "system:kube-controller-manager", ""),
    ("scheduler", "system:kube-scheduler", ""),
    ("kubelet", "system:node:node1", "system:nodes"),
    ("kube-proxy", "system:kube-proxy", ""),
    ("apiserver-kubelet-client", "kube-apiserver", "system:masters"),
];

struct Authority<'a> {
    issuer: CertifiedIssuer<'a, KeyPair>,
}

/// Writes keys, certificates and kubeconfigs.
pub(super) fn write(layout: &Layout) -> Result<()> {
    let authority = Authority::new()?;
    fs::write(layout.pki("ca.crt"), authority.issuer.pem())?;
    fs::write(layout.pki("ca.key"), authority.issuer.key().serialize_pem())?;
    for (name, user, group) in CLIENTS {
        let params = client(user, group);
        authority.issue(layout, name, &params)?;
        kubeconfig(layout, name)?;
    }
    let names = ["kubernetes", "kubernetes.default", "kubernetes.default.svc", "localhost"];
    authority.issue(layout, "apiserver", &server("kube-apiserver", &names, API_SERVICE)?)?;
    authority.issue(layout, "kubelet-server", &server(NODE_NAME, &[NODE_NAME], NODE_ADDRESS)?)?;
    let accounts = KeyPair::generate()?;
    fs::write(layout.pki("accounts.key"), accounts.serialize_pem())?;
    fs::write(layout.pki("accounts.pub"), accounts.public_key_pem())?;
    Ok(())
}

impl Authority<'_> {
    fn new() -> Result<Self> {
        let mut params = CertificateParams::default();
        params.distinguished_name = name("atoll-test-cluster", "");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate()?)?;
        Ok(Self { issuer })
    }

    fn issue(&self, layout: &Layout, name: &str, params: &CertificateParams) -> Result<()> {
        let key = KeyPair::generate()?;
        let certificate = params.signed_by(&key, &self.issuer)?;
        fs::write(layout.pki(&format!("{name}.crt")), certificate.pem())?;
        fs::write(layout.pki(&format!("{name}.key")), key.serialize_pem())?;
        Ok(())
    }
}

fn name(common: &str, group: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    if !group.is_empty() {
        name.push(DnType::OrganizationName, group);
    }
    name
}

fn client(user: &str, group: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = name(user, group);
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

fn server(common: &str, names: &[&str], extra: &str) -> Result<CertificateParams> {
    let mut params = client(common, "");
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    for name in names {
        params.subject_alt_names.push(SanType::DnsName((*name).try_into()?));
    }
    for address in ["127.0.0.1", NODE_ADDRESS, extra] {
        params.subject_alt_names.push(SanType::IpAddress(address.parse::<IpAddr>()?));
    }
    Ok(params)
}

/// Self-contained, so that a test can hand the administrator's to an installer as one file.
fn kubeconfig(layout: &Layout, name: &str) -> Result<()> {
    use base64::Engine as _;
    let data = |file: &str| -> Result<String> {
        Ok(base64::engine::general_purpose::STANDARD.encode(fs::read(layout.pki(file))?))
    };
    let text = format!(
        "apiVersion: v1
kind: Config
clusters:
- name: test
  cluster:
    server: https://{NODE_ADDRESS}:6443
    certificate-authority-data: {authority}
users:
- name: {name}
  user:
    client-certificate-data: {certificate}
    client-key-data: {key}
contexts:
- name: test
  context: {{cluster: test, user: {name}}}
current-context: test
",
        authority = data("ca.crt")?,
        certificate = data(&format!("{name}.crt"))?,
        key = data(&format!("{name}.key"))?,
    );
    fs::write(layout.kubeconfig(name), text)?;
    Ok(())
}
