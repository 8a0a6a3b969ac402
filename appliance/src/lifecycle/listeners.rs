//! All addresses of the site, each serving the same router, all ending together.

use std::time::Duration;

use axum::Router;
use axum::serve::Listener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::config::Server;
use crate::error::{Outcome, Problem, codes};
use crate::listen::{
    ListenError, LocalListener, Networks, Peer, ProxiedListener, SecureListener, client_address,
};
use crate::site::Layout;
use crate::tls::ServerTls;

/// Requests under way may finish in this time; tunnels are cut after it, and reconnect.
const GRACE: Duration = Duration::from_secs(10);

/// The open listeners.
#[derive(Debug)]
pub(super) struct Listeners {
    serving: JoinSet<std::io::Result<()>>,
    stop: watch::Sender<bool>,
    addresses: Vec<String>,
}

fn problem(error: &ListenError) -> Problem {
    let problem = Problem::new(&codes::lifecycle::LISTEN_FAILED, error.to_string());
    match std::error::Error::source(error) {
        Some(source) => problem.because(source),
        None => problem,
    }
}

impl Listeners {
    /// Opens every address of the configuration and the local socket.
    pub(super) async fn open(
        layout: &Layout,
        server: &Server,
        tls: &ServerTls,
        router: Router,
    ) -> Outcome<Self> {
        let proxies = Networks::parse(&server.trusted_proxies).map_err(|error| problem(&error))?;
        let router =
            router.layer(axum::middleware::from_fn_with_state(proxies.clone(), client_address));
        let (stop, _) = watch::channel(false);
        let mut listeners = Self { serving: JoinSet::new(), stop, addresses: Vec::new() };
        for address in &server.listen {
            let listener =
                SecureListener::bind(*address, tls).await.map_err(|error| problem(&error))?;
            listeners.addresses.push(format!("https://{}", listener.address()));
            listeners.serve(listener, router.clone());
        }
        for address in &server.plain_listen {
            let listener = ProxiedListener::bind(*address, proxies.clone()).await;
            listeners.addresses.push(format!("http://{address}"));
            listeners.serve(listener.map_err(|error| problem(&error))?, router.clone());
        }
        let socket = layout.socket();
        listeners.addresses.push(socket.display().to_string());
        listeners.serve(LocalListener::bind(&socket).map_err(|error| problem(&error))?, router);
        Ok(listeners)
    }

    fn serve<L>(&mut self, listener: L, router: Router)
    where
        L: Listener<Addr = Peer>,
        Peer: for<'a> axum::extract::connect_info::Connected<axum::serve::IncomingStream<'a, L>>,
    {
        let mut stop = self.stop.subscribe();
        let service = router.into_make_service_with_connect_info::<Peer>();
        let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
            drop(stop.wait_for(|stop| *stop).await);
        });
        self.serving.spawn(async move { serving.await });
    }

    /// Where the site listens, for the log.
    pub(super) fn addresses(&self) -> &[String] {
        &self.addresses
    }

    /// Takes no more connections, lets requests finish, cuts what is left.
    pub(super) async fn close(mut self) {
        self.stop.send_replace(true);
        let finished = async { while self.serving.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, finished).await.is_err() {
            tracing::info!("connections were cut after {} s", GRACE.as_secs());
        }
        self.serving.shutdown().await;
    }
}
