//! Secrets in files of their own (behaviour B74).

use crate::{Dir, SECRET, TOKEN, closed_port, config};
use std::fs;

#[test]
fn b74_relative_files_of_secrets_lie_beside_the_configuration_or_where_systemd_puts_them() {
    let text = config(closed_port(), closed_port())
        .replace(&format!("token = \"{TOKEN}\""), "token_file = \"token\"")
        .replace(&format!("secret = \"{SECRET}\"\n"), "");
    let dir = Dir::with_config(&text);
    fs::create_dir(dir.0.join("credentials")).unwrap();
    let check = |folder: Option<&str>| {
        let folder = folder.map(|folder| ("CREDENTIALS_DIRECTORY", folder));
        let mut command = dir.command(&["check-config"]);
        let output = command.env("ZINOARGUS_ZINO_SECRET", SECRET).envs(folder).output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let missing = "No such file or directory (os error 2); a file with the token in a single line";
    let (status, text) = check(None);
    assert_eq!(status, Some(78));
    assert_eq!(text, format!("zinoargus.toml:3: argus.token_file: token: {missing}\n"));
    fs::write(dir.0.join("credentials/token"), TOKEN).unwrap();
    assert_eq!(check(Some("credentials")).0, Some(0));
    fs::write(dir.0.join("token"), format!("{TOKEN}\n")).unwrap();
    let (status, text) = check(None);
    assert!(status == Some(0) && !text.contains(TOKEN) && !text.contains(SECRET), "{text}");
    let (status, text) = check(Some("elsewhere"));
    assert_eq!(
        (status, text),
        (Some(78), format!("zinoargus.toml:3: argus.token_file: elsewhere/token: {missing}\n"))
    );
}
