//! Where connections come in: HTTPS, plain HTTP behind a proxy, and the local socket.
//!
//! Each listener yields connections to `axum::serve` and says who is at the other end. Knows no
//! route and no user.

mod forwarded;
mod networks;
mod peer;
mod plain;
mod secure;

pub use forwarded::{ClientAddress, client_address};
pub use networks::{Network, Networks};
pub use peer::Peer;
pub use plain::{LocalListener, ProxiedListener};
pub use secure::SecureListener;

/// What can be wrong with what the operator wrote about listeners.
#[derive(Debug, thiserror::Error)]
pub enum ListenError {
    /// Not an address or a network in CIDR form.
    #[error("`{0}` is neither an address nor a network such as `10.0.0.0/8`")]
    Network(String),
    /// The port is taken or may not be used.
    #[error("cannot listen on `{address}`")]
    Bind {
        /// The address or the socket's path.
        address: String,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
}
