//! The manual pages and the completions for shells (behaviour B76): those of the commands are made from the definition of the
//! command line, that of the configuration from the page about it, whose rows another test holds against the program.
//!
//! They are in `packaging/`, where packagers find them; after a change of either this makes them anew:
//!
//!     ZINOARGUS_RENEW=1 cargo test -p glue-runtime --test manual
#![forbid(unsafe_code)]

mod roff;

use clap::CommandFactory as _;
use clap_complete::Shell;
use glue_runtime::cli::Cli;
use std::path::{Path, PathBuf};
use std::{env, fs};

const CONFIGURATION: &str = include_str!("../../docs/configuration.md");
const VERSION: &str = concat!("zinoargus ", env!("CARGO_PKG_VERSION"));
const RENEW: &str = "ZINOARGUS_RENEW";
const SHELLS: [(Shell, &str); 3] =
    [(Shell::Bash, "zinoargus.bash"), (Shell::Zsh, "_zinoargus"), (Shell::Fish, "zinoargus.fish")];

fn packaging() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging")
}

/// Compares a file with what it has to be, or makes it anew.
fn hold(path: &Path, expected: &[u8]) {
    if env::var_os(RENEW).is_some() {
        fs::create_dir_all(path.parent().expect("in a folder")).expect("a folder");
        fs::write(path, expected).expect("a file");
    }
    let found = fs::read(path).unwrap_or_default();
    let name = path.display();
    assert!(found == expected, "{name} is not what it is made from: {RENEW}=1 makes it anew");
}

/// Makes the pages of a command and of those below it, each with its name.
fn pages(command: clap::Command) -> Vec<(String, Vec<u8>)> {
    let mut command = command.disable_help_subcommand(true);
    command.build();
    let mut pages = Vec::new();
    let mut left = vec![command];
    while let Some(command) = left.pop() {
        left.extend(command.get_subcommands().filter(|below| !below.is_hide_set()).cloned());
        let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
        let mut page = Vec::new();
        // No date: a page is the same on each day.
        let man = clap_mangen::Man::new(command).title(name.to_uppercase()).section("1");
        man.source(VERSION).render(&mut page).expect("in memory");
        page.extend_from_slice(see_also(&name).as_bytes());
        pages.push((format!("{name}.1"), page));
    }
    pages
}

/// Leads from the page of a command to the others.
fn see_also(name: &str) -> String {
    let others =
        ["zinoargus(1)", "zinoargus.toml(5)", "zinoargus\\-check\\-config(1)", "zinoargus\\-check(1)"];
    let is_other = |page: &&&str| page.replace('\\', "").split('(').next() != Some(name);
    let others: Vec<_> = others.iter().filter(is_other).map(|page| page.replacen('(', "\\fR(", 1)).collect();
    format!(".SH \"SEE ALSO\"\n\\fB{}\n", others.join(", \\fB"))
}

/// Makes the page of the configuration.
fn configuration() -> String {
    format!(
        ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n.TH ZINOARGUS.TOML 5 \"\" \"{VERSION}\" \"File Formats\"\n\
         .SH NAME\nzinoargus.toml \\- configuration of zinoargus\n{}\
         .SH FILES\n.TP\n\\fBzinoargus.toml\\fR\nin the working directory, unless \\fB\\-c\\fR names another file\n\
         .TP\n\\fB/etc/zinoargus/zinoargus.toml\\fR\nwhere the unit of systemd looks for it\n{}",
        roff::sections(CONFIGURATION),
        see_also("zinoargus.toml"),
    )
}

#[test]
fn b76_the_manual_page_of_the_configuration_says_what_its_page_says() {
    hold(&packaging().join("man/zinoargus.toml.5"), configuration().as_bytes());
    let keys = CONFIGURATION.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    for key in keys {
        let entry = format!(".TP\n\\fB{}", key.replace('-', "\\-"));
        assert!(configuration().contains(&entry), "{key} has no entry");
    }
}

#[test]
fn b76_the_manual_pages_say_what_the_command_line_says() {
    let folder = packaging().join("man");
    let pages = pages(Cli::command());
    for (name, page) in &pages {
        hold(&folder.join(name), page);
    }
    let files = fs::read_dir(&folder).expect("the folder").flatten();
    let stale: Vec<_> = files
        .map(|file| file.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".1") && !pages.iter().any(|(page, _)| page == name))
        .collect();
    assert_eq!(stale, Vec::<String>::new(), "pages of commands that are gone");
}

#[test]
fn b76_shells_complete_what_the_command_line_knows() {
    for (shell, name) in SHELLS {
        let mut script = Vec::new();
        clap_complete::generate(shell, &mut Cli::command(), "zinoargus", &mut script);
        hold(&packaging().join("completions").join(name), &script);
    }
}
