//! Atoll: development environments for networks without internet.
