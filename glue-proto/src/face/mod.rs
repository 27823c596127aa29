//! The public face of the machine: what its owner passes in, gets out and reads from it, as plain data.
//!
//! Everything here is public at the root of the crate. Of the other modules of the crate it uses only
//! [`crate::model`].

mod action;
#[cfg(feature = "serde")]
mod blob;
mod case_notice;
mod cause;
mod delivery;
mod health;
mod http;
mod input;
mod mode;
mod notice;
mod operator;
mod owned;
mod reload;
mod requests;
mod secret;
mod seed;
mod self_incident;
mod settings;
mod status;
mod steps;
mod time;
mod wakeup;

pub use action::{Action, Channel, Exit, Level};
pub use case_notice::CaseNotice;
pub use cause::{Disconnect, HttpCause, HttpFailure, LocalFault, ProbeFailure, TlsFailure};
pub(crate) use delivery::Direction;
pub use delivery::{DeliveryTimes, Histogram};
pub use health::{HealthAnswer, ProbeResult};
pub use http::{HttpRequest, Method, Response, Reuse};
pub use input::{CallId, ConnId, Input, ProbeId};
pub use mode::{FailoverStatus, Mode, Override};
pub use notice::{CredentialsNotice, GiveUp, Notice, StateLoss};
pub use operator::{CommandRefused, FailoverCommand, Operator, OperatorNotice};
pub use owned::{OwnedInput, OwnedResponse};
pub use reload::{Change, Reload, Server};
pub use requests::{RequestCount, RequestKind, RequestOutcome};
pub use secret::Secret;
pub use seed::Seed;
pub use self_incident::SelfIncidentNotice;
pub use settings::{
    AckState, ArgusSettings, Band, Failback, FailoverBuilder, FailoverSettings, Ignored, NeverDown,
    OnStandby, Purpose, Settings, SettingsBuilder, SettingsError, SettingsProblem, Severity, SyncSettings,
    ZinoSettings,
};
pub use status::{ArgusStatus, CaseCount, Counters, NotReady, Status, Trouble, ZinoStatus};
pub(crate) use steps::StepKind;
pub use steps::{AmbiguousWrites, ProbeTimes, Retries, StepCounts};
pub use time::{Millis, Mono, Now, Wall};
pub use wakeup::{Timer, Wakeup};
