//! The bundle format from outside: what is written is read back, and nothing else is.

mod hostile;
mod large;
mod made;
mod resume;
mod roundtrip;
