//! Makes the pictures of the status page in `docs/pictures/`: the built program beside simulated servers, in four states, each
//! for as long as is asked for, and the page of each as Chromium shows it, wide and on a phone.
//!
//!     cargo build --bin zinoargus
//!     cargo run --example pictures -- glue-runtime/docs/pictures 300
//!
//! Those in the repository have been brought to 32 colours, which keeps each about 60 kB or less.
//!
//! It needs `chromium` in the PATH. Where that runs as root it has no sandbox; it looks at nothing but these pages.

use glue_proto::model::CaseId;
use glue_sim::argus::ArgusServer;
use glue_sim::net::{ArgusNet, SnmpNet, ZinoNet, serve_argus, serve_snmp, serve_zino};
use glue_sim::snmp::SnmpAgent;
use glue_sim::zino::{NewCase, ZinoServer};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

type Failure = Box<dyn Error + Send + Sync>;

/// What is shown, by the name of its pictures.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scene {
    AllWell,
    ArgusDown,
    Standby,
    StateLoss,
}

impl Scene {
    const ALL: [(Self, &str, u16); 4] = [
        (Self::AllWell, "all-well", 18_440),
        (Self::ArgusDown, "argus-down", 18_441),
        (Self::Standby, "standby", 18_442),
        (Self::StateLoss, "state-loss", 18_443),
    ];
}

/// One daemon and what stands around it.
struct Set {
    scene: Scene,
    zino: ZinoNet,
    argus: ArgusNet,
    _primary: SnmpNet,
    daemon: Child,
    folder: PathBuf,
    cases: Vec<CaseId>,
    /// Nothing more happens.
    is_over: bool,
}

impl Drop for Set {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.daemon.kill().and_then(|()| self.daemon.wait());
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn main() -> Result<(), Failure> {
    let mut args = env::args().skip(1);
    let (Some(folder), Some(seconds)) = (args.next(), args.next()) else {
        return Err("say the folder, and for how many seconds each daemon runs".into());
    };
    let (folder, time) = (PathBuf::from(folder), Duration::from_secs(seconds.parse()?));
    let scenes = Scene::ALL.map(|(scene, name, port)| {
        let folder = folder.clone();
        thread::spawn(move || play(scene, name, port, &folder, time))
    });
    for scene in scenes {
        scene.join().map_err(|_| "it broke off")??;
    }
    Ok(())
}

fn play(scene: Scene, name: &str, port: u16, pictures: &Path, time: Duration) -> Result<(), Failure> {
    let mut set = Set::begin(scene, port)?;
    let begin = Instant::now();
    let mut turn = 0;
    while begin.elapsed() < time {
        if !set.is_over {
            set.people(turn)?;
        }
        let left = time.saturating_sub(begin.elapsed());
        set.trouble(left, time);
        turn += 1;
        thread::sleep(Duration::from_secs(6).min(left));
    }
    for (kind, size) in [("wide", "1600,1100"), ("phone", "390,1900")] {
        let file = pictures.join(format!("{name}-{kind}.png"));
        take(&format!("http://127.0.0.1:{port}/"), size, &file, &set.folder)?;
    }
    Ok(())
}

impl Set {
    fn begin(scene: Scene, port: u16) -> Result<Self, Failure> {
        let zino = serve_zino(ZinoServer::new("argus", "secret"), 0, 0)?;
        let argus = serve_argus(ArgusServer::new("zino", "token"), 0)?;
        let primary = serve_snmp(SnmpAgent::new("public", 0), 0)?;
        let folder = env::temp_dir().join(format!("zinoargus-pictures-{}-{port}", std::process::id()));
        fs::create_dir_all(&folder)?;
        let mut text = format!(
            "[argus]\nurl = \"http://{}/api/v2/\"\ntoken = \"token\"\n[zino]\nserver = \"127.0.0.1\"\nport = {}\n\
             notify_port = {}\nuser = \"argus\"\nsecret = \"secret\"\n[sync]\nacknowledge.setstate = \"working\"\n\
             ticket.enable = true\n[status]\nlisten = \"127.0.0.1:{port}\"\n",
            argus.addr(),
            zino.api_addr().port(),
            zino.notify_addr().port(),
        );
        if scene == Scene::Standby {
            let snmp = primary.addr().port();
            text += &format!("[failover]\nprimary_server = \"127.0.0.1\"\nprimary_snmp_port = {snmp}\n");
        }
        let file = folder.join("zinoargus.toml");
        fs::write(&file, text)?;
        let program = env::current_exe()?.with_file_name("../zinoargus");
        let mut command = Command::new(program);
        let daemon = command.arg("-c").arg(file).stderr(Stdio::null()).spawn()?;
        Ok(Self { scene, zino, argus, _primary: primary, daemon, folder, cases: Vec::new(), is_over: false })
    }

    /// What people and routers do in a turn.
    fn people(&mut self, turn: usize) -> Result<(), Failure> {
        if turn.is_multiple_of(2) {
            let router = format!("gw{}.example.org", self.cases.len());
            self.cases.push(self.zino.with(|zino, now| zino.open_case(&NewCase::reachability(&router), now)));
        }
        let older =
            |back: usize| self.cases.len().checked_sub(back).and_then(|at| self.cases.get(at)).copied();
        let pk = |case: CaseId| {
            self.argus.with(|argus, _| argus.find("zino", &case.to_string()).map(|found| found.pk))
        };
        match turn % 8 {
            1 => {
                if let Some(case) = older(1) {
                    self.zino.with(|zino, now| zino.add_history(case, "alice", "looking at it", now))?;
                }
            }
            3 | 5 => {
                if let Some(pk) = older(2).and_then(pk) {
                    self.argus.with(|argus, now| argus.ack("admin", pk, "I am on it", None, now))?;
                }
            }
            7 => {
                if let Some(case) = older(6) {
                    self.zino.with(|zino, now| zino.close(case, "alice", now))?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// What goes wrong, so long before the pictures are taken.
    fn trouble(&mut self, left: Duration, time: Duration) {
        match self.scene {
            Scene::AllWell if left < time / 3 && left > time / 5 => self.argus.down(),
            // It may be up already.
            Scene::AllWell if left <= time / 5 => drop(self.argus.up()),
            Scene::ArgusDown if left < time / 5 => self.argus.down(),
            Scene::StateLoss if left < Duration::from_secs(120) && !self.is_over => {
                self.zino.with(|zino, _| zino.lose_state());
                self.is_over = true;
            }
            Scene::AllWell | Scene::ArgusDown | Scene::Standby | Scene::StateLoss => {}
        }
    }
}

/// Takes a picture of a page.
fn take(url: &str, size: &str, file: &Path, profile: &Path) -> Result<(), Failure> {
    let status = Command::new("chromium")
        .args([
            "--headless",
            "--no-sandbox",
            "--hide-scrollbars",
            "--disable-gpu",
            "--force-device-scale-factor=1",
        ])
        .arg(format!("--user-data-dir={}", profile.join("browser").display()))
        .arg(format!("--window-size={size}"))
        .arg(format!("--screenshot={}", file.display()))
        .arg(url)
        .stderr(Stdio::null())
        .stdout(Stdio::null())
        .status()?;
    if status.success() { Ok(()) } else { Err(format!("no picture of {url}").into()) }
}
