//! Installs, configures, starts, adopts and checks a Postgres. Knows no table.
