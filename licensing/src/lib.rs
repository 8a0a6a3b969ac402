//! The license: its format, verification and standing. No I/O, no async, no clock of its own.
