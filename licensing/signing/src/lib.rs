//! Keys, purposes, certificates, revocation lists and envelopes: the one place with Ed25519.
