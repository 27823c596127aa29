//! What the shell does when a secret is read again, or the configuration (behaviour B74, B75).

use super::World;
use super::network::Delivery;
use glue_proto::{Change, Input, OwnedInput, Reload, Secret, Server, Settings};

impl World {
    /// Lets the machine's secret come from a file, which holds this from now on. What the servers accept stays as it is.
    pub fn rotate(&mut self, server: Server, secret: &str) {
        let file = match server {
            Server::Zino => &mut self.files.zino,
            Server::Argus => &mut self.files.argus,
        };
        *file = Some(secret.into());
    }

    /// Lets the machine go on with other settings, at the servers that there are.
    pub fn reload(&mut self, settings: Settings) {
        self.settings = settings;
        let reload = Reload::of(self.settings.clone());
        self.tell(Input::Reload(&reload));
    }

    /// The shell reads a secret again: the machine hears of it in its next turn, if it is another one.
    pub(super) fn read_secret(&mut self, server: Server) {
        let mut reload = Reload::of(self.settings.clone());
        match (server, &self.files.zino, &self.files.argus) {
            (Server::Zino, Some(secret), _) if secret != self.settings.zino().secret().expose() => {
                let settings = self.settings.to_builder().secret(Secret::new(secret.clone())).build();
                self.settings = settings.unwrap_or_else(|_| reload.settings.clone());
                reload.settings = self.settings.clone();
            }
            (Server::Argus, _, Some(token)) if *token != self.source.1 => {
                self.source.1.clone_from(token);
                reload.argus = Change::Secret;
            }
            (Server::Zino | Server::Argus, ..) => return,
        }
        let (at, run) = (self.now, self.network.run);
        self.network.send(at, Delivery::Probed(run, OwnedInput::Reload(Box::new(reload))));
    }
}
