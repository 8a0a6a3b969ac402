//! Codes of a site's life: serving, installing, removing.

use super::Code;

/// Not ready yet.
pub const STARTING: Code = Code {
    id: "site-starting",
    http: 503,
    retryable: true,
    meaning: "The site is starting or recovering its database; it will answer when that is done.",
    remedy: "wait; `atoll status` says how far it is",
};

/// Ending.
pub const STOPPING: Code = Code {
    id: "site-stopping",
    http: 503,
    retryable: true,
    meaning: "The site is being stopped.",
    remedy: "try again when it has been started: `systemctl start atoll`, or `atoll serve`",
};

/// An address cannot be listened on.
pub const LISTEN_FAILED: Code = Code {
    id: "listen-failed",
    http: 500,
    retryable: false,
    meaning: "The site cannot listen where its configuration says.",
    remedy: "find who has the port with `ss -ltnp`, or choose another with `atoll config set server.listen '[\"[::]:8443\"]'`",
};

/// A certificate cannot be made or used.
pub const CERTIFICATE_UNUSABLE: Code = Code {
    id: "certificate-unusable",
    http: 500,
    retryable: false,
    meaning: "The server's certificate or key cannot be read, made or used.",
    remedy: "check `server.certificate-file` and `server.certificate-key-file` with `atoll config show`; empty them to use the site's own authority",
};

/// Root cannot serve.
pub const ROOT: Code = Code {
    id: "root-without-user",
    http: 500,
    retryable: false,
    meaning: "Started by root over a data directory that belongs to root: there is no user to run as.",
    remedy: "give the data directory to the site's user: `chown -R atoll DATA-DIRECTORY`",
};

/// A step of the installation failed.
pub const INSTALL_FAILED: Code = Code {
    id: "install-failed",
    http: 500,
    retryable: false,
    meaning: "A step of the installation failed; what was done before it stays and is recorded.",
    remedy: "remove the cause, then give the same command again: it goes on. `sudo atoll uninstall --purge --yes` takes everything back",
};

/// The installing process lost its parent.
pub const INSTALL_STOPPED: Code = Code {
    id: "install-stopped",
    http: 500,
    retryable: true,
    meaning: "The installation was interrupted.",
    remedy: "give the same command again: it goes on where it was",
};

/// The URL is none.
pub const URL_UNFIT: Code = Code {
    id: "url-unfit",
    http: 400,
    retryable: false,
    meaning: "A base address must be `https://HOST[:PORT]` with nothing after it.",
    remedy: "give for instance `--url https://10.0.0.5:7443`",
};

/// A file given to install cannot be read.
pub const INPUT_UNREADABLE: Code = Code {
    id: "input-unreadable",
    http: 400,
    retryable: false,
    meaning: "A file named on the command line cannot be read or holds nothing usable.",
    remedy: "check the path and its rights with `ls -l FILE`",
};

/// The cluster cannot be read.
pub const KUBECONFIG_UNREADABLE: Code = Code {
    id: "kubeconfig-unreadable",
    http: 400,
    retryable: false,
    meaning: "The kubeconfig cannot be read or names no server.",
    remedy: "give a readable one with `--kubeconfig FILE`; `kubectl --kubeconfig FILE config view` shows what it holds",
};

/// The host cannot be changed.
pub const HOST_FAILED: Code = Code {
    id: "host-change-failed",
    http: 500,
    retryable: false,
    meaning: "A user, folder or service of the host cannot be made or removed.",
    remedy: "read the cause; run as root where the host itself is changed; then the same command again",
};

/// Something was left.
pub const UNINSTALL_INCOMPLETE: Code = Code {
    id: "uninstall-incomplete",
    http: 500,
    retryable: true,
    meaning: "Some of what the installation made could not be removed; all else is gone.",
    remedy: "remove the cause, then give the same command again",
};

/// A destructive command without consent.
pub const CONSENT_MISSING: Code = Code {
    id: "consent-missing",
    http: 400,
    retryable: false,
    meaning: "The command would destroy something and was not given `--yes`.",
    remedy: "look at what it would do with `--plan` or `--dry-run`, then add `--yes`",
};

/// The new site does not become healthy.
pub const NOT_HEALTHY: Code = Code {
    id: "site-not-healthy",
    http: 503,
    retryable: true,
    meaning: "The service was started, but the site did not become ready in time.",
    remedy: "read `journalctl -u atoll -n 50`, then `atoll status`",
};

/// All codes of this area.
pub const ALL: &[&Code] = &[
    &STARTING,
    &STOPPING,
    &LISTEN_FAILED,
    &CERTIFICATE_UNUSABLE,
    &ROOT,
    &INSTALL_FAILED,
    &INSTALL_STOPPED,
    &URL_UNFIT,
    &INPUT_UNREADABLE,
    &KUBECONFIG_UNREADABLE,
    &HOST_FAILED,
    &UNINSTALL_INCOMPLETE,
    &CONSENT_MISSING,
    &NOT_HEALTHY,
];
