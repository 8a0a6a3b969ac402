//! An OCI registry that serves every upstream name from packs and loose files.
