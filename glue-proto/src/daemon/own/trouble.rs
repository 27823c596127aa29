//! What may be wrong with the daemon itself, and how an incident about it looks (behaviour B80).

use crate::model::NewIncident;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

/// What the ids of all such incidents begin with: no case has such a number.
const PREFIX: &str = "zinoargus-";
/// What stands between that and the trouble where a secondary speaks.
const SECONDARY: &str = "secondary-";
/// The text of the end when STANDBY has begun.
const HANDED_OVER: &str = "Handed over to the primary";

/// Something for which a board stands still, or is kept by another daemon than usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::daemon) enum Trouble {
    /// Zino has been out of reach for more than two reconcile intervals.
    ZinoUnreachable,
    /// Zino refuses our credentials (behaviour B52).
    ZinoCredentials,
    /// Incidents are held back, because Zino has probably lost its state (behaviour B28).
    StateLoss,
    /// The secondary has taken over (behaviour B61).
    Takeover,
}

/// Which of two daemons speaks. They may share a source in Argus: each leaves the incidents of the other one alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::daemon) enum Role {
    /// One without a `[failover]`.
    Primary,
    /// One with it.
    Secondary,
}

/// Why such an incident is ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    /// There is no such trouble any more.
    Over,
    /// STANDBY has begun.
    HandedOver,
    /// Nobody wants to be told, or it is told by another incident.
    Unwanted,
}

/// Which incident it is, as its `source_incident_id` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(in crate::daemon) struct OwnId {
    pub(super) role: Role,
    pub(super) trouble: Trouble,
    /// When the trouble was noticed, Unix seconds: each time is an incident of its own.
    pub(super) since: i64,
}

/// What the rest of the machine knows of the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::daemon) struct Known {
    /// There has been no session with Zino for long (behaviour B53).
    pub(in crate::daemon) is_zino_lost_for_long: bool,
    /// Zino refuses our credentials.
    pub(in crate::daemon) is_refused_by_zino: bool,
    /// How many incidents are held back.
    pub(in crate::daemon) held_back: usize,
    /// There is a primary, and the mode is ACTIVE all the same.
    pub(in crate::daemon) has_taken_over: bool,
}

#[cfg(test)]
impl Known {
    /// Nothing is wrong.
    pub(super) const WELL: Self =
        Self { is_zino_lost_for_long: false, is_refused_by_zino: false, held_back: 0, has_taken_over: false };
}

impl Trouble {
    pub(super) const ALL: [Self; 4] =
        [Self::ZinoUnreachable, Self::ZinoCredentials, Self::StateLoss, Self::Takeover];

    /// Returns the word for it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::ZinoUnreachable => "zino-unreachable",
            Self::ZinoCredentials => "zino-credentials",
            Self::StateLoss => "state-loss",
            Self::Takeover => "takeover",
        }
    }

    /// Tells whether there is that trouble now. A server that refuses our credentials is reached.
    pub(super) const fn holds(self, known: &Known) -> bool {
        match self {
            Self::ZinoUnreachable => known.is_zino_lost_for_long && !known.is_refused_by_zino,
            Self::ZinoCredentials => known.is_refused_by_zino,
            Self::StateLoss => known.held_back > 0,
            Self::Takeover => known.has_taken_over,
        }
    }

    /// Returns the level: 1 where nothing new reaches the board.
    const fn level(self) -> u8 {
        match self {
            Self::ZinoUnreachable | Self::ZinoCredentials => 1,
            Self::StateLoss | Self::Takeover => 2,
        }
    }

    /// Says what is wrong.
    fn description(self, role: Role) -> String {
        let daemon = match role {
            Role::Primary => "zinoargus",
            Role::Secondary => "The secondary zinoargus",
        };
        match self {
            Self::ZinoUnreachable => {
                format!("{daemon} cannot reach Zino: its incidents are not kept up to date")
            }
            Self::ZinoCredentials => {
                format!(
                    "{daemon} is refused by Zino (wrong user or secret): its incidents are not kept up to date"
                )
            }
            Self::StateLoss => format!(
                "{daemon} holds back the end of incidents: Zino has probably lost its state, and somebody has to decide"
            ),
            Self::Takeover => format!("{daemon} has taken over from the primary"),
        }
    }

    /// Says that it is over.
    const fn over(self) -> &'static str {
        match self {
            Self::ZinoUnreachable => "Zino can be reached again",
            Self::ZinoCredentials => "Zino accepts the credentials again",
            Self::StateLoss => "No incident is held back any more",
            Self::Takeover => HANDED_OVER,
        }
    }
}

impl OwnId {
    /// Reads the id of an incident about a daemon.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let rest = text.strip_prefix(PREFIX)?;
        let (role, rest) = match rest.strip_prefix(SECONDARY) {
            Some(rest) => (Role::Secondary, rest),
            None => (Role::Primary, rest),
        };
        let (word, since) = rest.split_once('@')?;
        let trouble = Trouble::ALL.into_iter().find(|trouble| trouble.word() == word)?;
        let id = Self { role, trouble, since: since.parse().ok()? };
        // Only the canonical spelling.
        (id.text() == text).then_some(id)
    }

    /// Writes the id.
    pub(super) fn text(self) -> String {
        let role = match self.role {
            Role::Primary => "",
            Role::Secondary => SECONDARY,
        };
        format!("{PREFIX}{role}{}@{}", self.trouble.word(), self.since)
    }

    /// Returns the incident that is to be made.
    pub(super) fn incident(self) -> NewIncident {
        NewIncident {
            start_time: self.since,
            source_incident_id: self.text(),
            description: self.trouble.description(self.role),
            level: self.trouble.level(),
            tags: Vec::from([format!("zinoargus={}", self.trouble.word())]),
        }
    }

    /// Returns the text of its end.
    pub(super) const fn end(self, why: Why) -> &'static str {
        match why {
            Why::Over => self.trouble.over(),
            Why::HandedOver => HANDED_OVER,
            Why::Unwanted => "Not reported any more",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::decision::SourceId;

    const WELL: Known = Known::WELL;

    #[test]
    fn b80_each_trouble_follows_from_what_is_known() {
        use Trouble::{StateLoss, Takeover, ZinoCredentials, ZinoUnreachable};
        let long = Known { is_zino_lost_for_long: true, ..WELL };
        for (known, expected) in [
            (WELL, &[][..]),
            (long, &[ZinoUnreachable]),
            (Known { is_refused_by_zino: true, ..long }, &[ZinoCredentials]),
            (Known { held_back: 3, ..WELL }, &[StateLoss]),
            (Known { has_taken_over: true, held_back: 1, ..long }, &[ZinoUnreachable, StateLoss, Takeover]),
        ] {
            let holding: Vec<_> = Trouble::ALL.into_iter().filter(|trouble| trouble.holds(&known)).collect();
            assert_eq!(holding, expected, "{known:?}");
        }
    }

    #[test]
    fn b80_an_id_is_read_as_it_is_written_and_is_no_number_of_a_case() {
        let mut texts = Vec::new();
        for role in [Role::Primary, Role::Secondary] {
            for trouble in Trouble::ALL {
                let id = OwnId { role, trouble, since: 1_795_348_800 };
                let text = id.text();
                assert_eq!(OwnId::parse(&text), Some(id));
                assert_eq!(SourceId::parse(&text), None);
                assert_eq!(id.incident().source_incident_id, text);
                texts.push(text);
            }
        }
        assert_eq!(texts[0], "zinoargus-zino-unreachable@1795348800");
        assert_eq!(texts[7], "zinoargus-secondary-takeover@1795348800");
        for foreign in
            ["zinoargus-takeover", "zinoargus-takeover@+1", "zinoargus-takeover@1x", "takeover@1", "7", ""]
        {
            assert_eq!(OwnId::parse(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn b80_an_incident_says_who_it_is_about_and_how_bad_it_is() {
        let texts = Trouble::ALL.map(|trouble| {
            let id = OwnId { role: Role::Secondary, trouble, since: 60 };
            let incident = id.incident();
            assert_eq!((incident.start_time, incident.tags.len()), (60, 1));
            assert!(incident.description.starts_with("The secondary zinoargus "), "{}", incident.description);
            let ends = [Why::Over, Why::HandedOver, Why::Unwanted].map(|why| id.end(why));
            assert!(ends[0] != ends[2] && ends[1] != ends[2]);
            (incident.level, incident.tags[0].clone())
        });
        assert_eq!(texts[0], (1, "zinoargus=zino-unreachable".into()));
        assert_eq!(texts[3], (2, "zinoargus=takeover".into()));
    }
}
