//! Stories and properties of licenses, with a vendor of our own.

mod life;
mod refusals;
mod table;
mod vendor;
