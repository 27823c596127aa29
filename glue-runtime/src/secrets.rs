//! Secrets that are read again from their files when a server has refused them (behaviour B74).

use crate::config::Config;
use crate::http::Http;
use crate::log;
use glue_proto::{Change, Reload, Secret, Server};

/// The secrets in use, and where they come from.
#[derive(Debug)]
pub(crate) struct Secrets {
    config: Config,
    /// What was wrong with a file when it was read last, so that it is told once.
    told: Option<String>,
}

impl Secrets {
    pub(crate) const fn new(config: Config) -> Self {
        Self { config, told: None }
    }

    /// Reads the secret of a server again. Another one than before is used from now on, and masked in the log; returns
    /// what the machine has to know.
    ///
    /// It waits for the disk: what has been read before comes from memory, and such a file is small.
    pub(crate) fn read_again(&mut self, server: Server, http: &mut Http) -> Option<Reload> {
        let (key, in_use, read) = match server {
            Server::Argus => {
                ("argus.token_file", &self.config.argus_token, self.config.secret_files.read_token())
            }
            Server::Zino => {
                let in_use = self.config.settings.zino().secret();
                ("zino.secret_file", in_use, self.config.secret_files.read_secret())
            }
        };
        match read? {
            Ok(secret) if secret == *in_use => {
                self.told = None;
                None
            }
            Ok(secret) => {
                log::hide(&[&secret]);
                self.told = None;
                let reload = self.take(server, secret, http)?;
                log::event(&format!("{key}: another secret was read, and is used from now on"));
                Some(reload)
            }
            Err(why) => {
                if self.told.as_ref() != Some(&why) {
                    log::warning(&format!("{why}. The one from before is tried again"));
                    self.told = Some(why);
                }
                None
            }
        }
    }

    fn take(&mut self, server: Server, secret: Secret, http: &mut Http) -> Option<Reload> {
        let mut argus = Change::Nothing;
        match server {
            Server::Argus => {
                http.set_token(&secret).ok()?;
                self.config.argus_token = secret;
                argus = Change::Secret;
            }
            Server::Zino => {
                self.config.settings = self.config.settings.to_builder().secret(secret).build().ok()?;
            }
        }
        Some(Reload { argus, ..Reload::of(self.config.settings.clone()) })
    }
}
