use std::{
    fmt,
    future::Future,
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
    time::Duration,
};

use hyper::Uri;
use hyper_util::{
    client::legacy::connect::{Connected, Connection},
    rt::TokioIo,
};
use rustls::{ClientConfig, RootCertStore, pki_types::ServerName};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpStream, lookup_host},
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::{
    networks::{Networks, Reach},
    target::{Target, is_usual},
};

/// How long one address may take to answer.
const PATIENCE: Duration = Duration::from_secs(5);

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// How names are turned into addresses.
pub type Resolve = Arc<dyn Fn(String, u16) -> Boxed<io::Result<Vec<SocketAddr>>> + Send + Sync>;

/// Asks the system.
pub fn system() -> Resolve {
    Arc::new(|host, port| {
        Box::pin(async move { Ok(lookup_host((host, port)).await?.collect::<Vec<_>>()) })
    })
}

/// Connects to the addresses that a name has now, if all of them may be called.
#[derive(Clone)]
pub struct Connector {
    networks: Networks,
    resolve: Resolve,
    tls: TlsConnector,
}

/// Why there is no connection. What a name stands for within our own network is not told.
#[derive(Debug)]
pub enum Refusal {
    /// The name has no address, or one that may not be called.
    Address,
    /// Nobody answered there.
    Connect(io::Error),
    /// Whoever answered could not prove to be who was called.
    Tls(io::Error),
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address => f.write_str("the host has no address that may be called"),
            Self::Connect(err) => write!(f, "no connection: {}", err.kind()),
            Self::Tls(err) => write!(f, "no TLS: {err}"),
        }
    }
}

impl std::error::Error for Refusal {}

impl Connector {
    pub fn new(
        networks: Networks,
        resolve: Resolve,
        roots: RootCertStore,
    ) -> Result<Self, rustls::Error> {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { networks, resolve, tls: TlsConnector::from(Arc::new(config)) })
    }

    async fn connect(self, to: Uri) -> Result<TokioIo<Box<dyn Stream>>, Refusal> {
        let (host, port) = Target::place(&to).ok_or(Refusal::Address)?;
        let addresses = self.addresses(host, port, Target::is_tls(&to)).await?;
        let tcp = first(&addresses).await.map_err(Refusal::Connect)?;
        if !Target::is_tls(&to) {
            return Ok(TokioIo::new(Box::new(tcp)));
        }
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|err| Refusal::Tls(io::Error::other(err)))?;
        let tls = self.tls.connect(name, tcp).await.map_err(Refusal::Tls)?;
        Ok(TokioIo::new(Box::new(tls)))
    }

    /// The addresses of a host. One that may not be called is not passed over for another: whoever has such a one among
    /// its own is up to no good.
    async fn addresses(
        &self,
        host: &str,
        port: u16,
        tls: bool,
    ) -> Result<Vec<SocketAddr>, Refusal> {
        let found = (self.resolve)(host.to_owned(), port).await.map_err(|_| Refusal::Address)?;
        let may = |at: &SocketAddr| match self.networks.reach(*at) {
            Reach::Public => tls && is_usual(at.port()),
            Reach::Opened => true,
            Reach::None => false,
        };
        match !found.is_empty() && found.iter().all(may) {
            true => Ok(found),
            false => Err(Refusal::Address),
        }
    }
}

/// The first of some addresses that answers.
async fn first(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut failed = io::Error::from(io::ErrorKind::NotFound);
    for address in addresses {
        match timeout(PATIENCE, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Ok(Err(err)) => failed = err,
            Err(_) => failed = io::ErrorKind::TimedOut.into(),
        }
    }
    Err(failed)
}

impl Service<Uri> for Connector {
    type Response = TokioIo<Box<dyn Stream>>;
    type Error = Refusal;
    type Future = Boxed<Result<Self::Response, Refusal>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, to: Uri) -> Self::Future {
        Box::pin(self.clone().connect(to))
    }
}

/// A connection, encrypted or not.
pub trait Stream: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Stream for T {}

impl Connection for Box<dyn Stream> {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use tokio::net::TcpListener;

    use super::*;

    fn names(addresses: &'static [&'static [&'static str]]) -> Resolve {
        let asked = Arc::new(AtomicUsize::new(0));
        Arc::new(move |_, port| {
            let turn = asked.fetch_add(1, Ordering::Relaxed).min(addresses.len() - 1);
            let found = addresses[turn].iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), port));
            let found: Vec<_> = found.collect();
            Box::pin(async move { Ok(found) })
        })
    }

    fn connector(opened: &[&str], resolve: Resolve) -> Connector {
        let networks = Networks::open(opened.iter().copied()).unwrap();
        Connector::new(networks, resolve, RootCertStore::empty()).unwrap()
    }

    async fn refused(connector: Connector, url: &str) -> bool {
        matches!(connector.connect(url.parse().unwrap()).await, Err(Refusal::Address))
    }

    #[tokio::test]
    async fn a_name_that_leads_within_is_not_connected_to() {
        for within in [
            &["127.0.0.1"] as &'static [&'static str],
            &["::1"],
            &["::ffff:169.254.169.254"],
            &["64:ff9b::a00:1"],
            // One good address does not excuse a bad one.
            &["93.184.216.34", "10.0.0.1"],
            &[],
        ] {
            let resolve: Resolve = Arc::new(move |_, port| {
                let found =
                    within.iter().map(|ip| SocketAddr::new(ip.parse().unwrap(), port)).collect();
                Box::pin(async move { Ok(found) })
            });
            assert!(refused(connector(&[], resolve), "https://rebind.test/").await, "{within:?}");
        }
        assert!(refused(connector(&[], system()), "https://localhost/").await);
        assert!(refused(connector(&[], system()), "https://127.1/").await);
        assert!(refused(connector(&[], system()), "http://8.8.8.8/").await, "not without TLS");
    }

    #[tokio::test]
    async fn a_name_that_changes_its_mind_is_connected_to_where_it_was_checked() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = listener.local_addr().unwrap();
        // Asked once, it is the address that was opened; asked again, it would be another.
        let connector = connector(&[&at.to_string()], names(&[&["127.0.0.1"], &["127.0.0.2"]]));
        let url = format!("http://rebind.test:{}/", at.port());
        let to = |url: &str| connector.clone().connect(url.parse().unwrap());
        assert!(to(&url).await.is_ok());
        listener.accept().await.unwrap();
        assert!(matches!(to(&url).await, Err(Refusal::Address)));
    }

    #[tokio::test]
    async fn what_is_opened_is_opened_at_its_port_alone() {
        let connector = connector(&["127.0.0.1:9"], system());
        let at = |url: &str| connector.clone().connect(url.parse().unwrap());
        assert!(matches!(at("http://127.0.0.1:9/").await, Err(Refusal::Connect(_))));
        assert!(matches!(at("http://127.0.0.1:10/").await, Err(Refusal::Address)));
        assert!(matches!(at("http://[::1]:9/").await, Err(Refusal::Address)));
    }
}
