//! The connections that are kept, and which request may travel on which (behaviour B51).

use super::dial::Dial;
use bytes::Bytes;
use core::time::Duration;
use glue_proto::Reuse;
use http_body_util::Full;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::{Builder, Client};
use hyper_util::rt::{TokioExecutor, TokioTimer};

/// The most that a connection reads at once; it keeps the buffer.
const READ_SIZE: usize = 64 * 1024;

type Connector = HttpsConnector<Dial>;
type Pool = Client<Connector, Full<Bytes>>;

/// One pool for each way to use kept connections: a pool cannot be told it request by request.
///
/// A pool sends a request again only where none of it has been written: on a connection that was closed before it came
/// to its turn.
#[derive(Clone, Debug)]
pub(super) struct Pools {
    any: Pool,
    recent: Pool,
    none: Pool,
}

impl Pools {
    /// Makes empty pools that connect in one way.
    pub(super) fn new(connector: &Connector) -> Self {
        let most_idle = Duration::from_millis(Reuse::MOST_IDLE.0);
        Self {
            any: builder().build(connector.clone()),
            recent: builder().pool_idle_timeout(most_idle).build(connector.clone()),
            none: builder().pool_max_idle_per_host(0).build(connector.clone()),
        }
    }

    /// Returns the pool for a request.
    pub(super) const fn of(&self, reuse: Reuse) -> &Pool {
        match reuse {
            Reuse::Any => &self.any,
            Reuse::Recent => &self.recent,
            Reuse::Never => &self.none,
        }
    }
}

fn builder() -> Builder {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.pool_timer(TokioTimer::new()).http1_max_buf_size(READ_SIZE);
    builder
}
