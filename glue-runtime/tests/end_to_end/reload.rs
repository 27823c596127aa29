//! Secrets and configurations that are read again while the daemon runs (behaviour B74, B75).

use crate::rig::{self, Daemon, SECRET, SOURCE, TOKEN, USER, until};
use crate::{open, stop, until_incident};
use glue_sim::net::{ArgusNet, ZinoNet};
use glue_sim::zino::NewCase;

/// What must never be seen, either.
const NEXT_TOKEN: &str = "hush-token-4712";
const NEXT_SECRET: &str = "hush-secret-4712";

/// A daemon whose secrets lie in files of their own.
fn with_files(zino: &ZinoNet, argus: &ArgusNet) -> Daemon {
    let configuration = rig::configuration(zino, argus)
        .replace(&format!("token = \"{TOKEN}\""), "token_file = \"token\"")
        .replace(&format!("secret = \"{SECRET}\""), "secret_file = \"secret\"");
    let files = [("token", &*format!("{TOKEN}\n")), ("secret", SECRET)];
    Daemon::start_beside(&files, &configuration, &["-vvv"])
}

fn hides_everything(output: &str) {
    for secret in [TOKEN, SECRET, NEXT_TOKEN, NEXT_SECRET] {
        assert!(!output.contains(secret), "{output}");
    }
}

#[test]
fn b74_secrets_that_are_rotated_on_disk_are_used_without_an_exit_and_without_loss() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = with_files(&zino, &argus);
    let first = open(&zino, &NewCase::reachability("gw1"));
    until_incident(&argus, first);
    daemon.replace("token", &format!("{NEXT_TOKEN}\r\n"));
    daemon.replace("secret", NEXT_SECRET);
    argus.with(|argus, _| {
        argus.remove_token(TOKEN);
        argus.add_token(SOURCE, NEXT_TOKEN);
    });
    let second = open(&zino, &NewCase::reachability("gw2"));
    until_incident(&argus, second);
    zino.down();
    zino.with(|zino, _| zino.set_user(USER, NEXT_SECRET));
    let third = open(&zino, &NewCase::reachability("gw3"));
    zino.up().expect("the ports are free");
    until_incident(&argus, third);
    for line in [
        "argus.token_file: another secret was read, and is used from now on",
        "zino.secret_file: another secret was read, and is used from now on",
        "Argus: our credentials are accepted again",
    ] {
        daemon.until_written(line);
    }
    hides_everything(&stop(daemon));
}

#[test]
fn b74_a_file_that_is_missing_when_it_is_read_again_is_told_once_and_ends_nothing() {
    let (zino, argus) = (rig::zino(), rig::argus());
    let daemon = with_files(&zino, &argus);
    daemon.until_written("Argus: our incidents were listed");
    daemon.replace("token", "two\nlines");
    argus.with(|argus, _| argus.remove_token(TOKEN));
    daemon.until_written("Argus: our credentials are no longer accepted");
    daemon.until_written(
        "argus.token_file: token: of more than one line; a file with the token in a single line. ",
    );
    argus.with(|argus, _| argus.add_token(SOURCE, TOKEN));
    until("the last word", || daemon.output().contains("The one from before is tried again"));
    hides_everything(&stop(daemon));
}
