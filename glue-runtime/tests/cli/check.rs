//! `zinoargus check`, and by it the way to Argus: proxies and certificates.

use crate::servers::{serve_argus, serve_tls, serve_zino};
use crate::{Dir, SECRET, TOKEN, closed_port, config, stderr};
use std::fs;
use std::net::TcpListener;

fn check(zino: (u16, u16), argus: u16) -> (Option<i32>, String) {
    let config = config(zino.0, argus)
        .replace(&format!("notify_port = {}", zino.0), &format!("notify_port = {}", zino.1));
    let dir = Dir::with_config(&config);
    let output = dir.run(&["check", "-vvv"]);
    let (text, log) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    for shown in [&text, &log] {
        assert!(!shown.contains(TOKEN) && !shown.contains(SECRET), "{shown}");
    }
    (output.status.code(), text.into_owned())
}

const COUNT: &str = "{\"count\":3,\"params\":{\"open\":[\"true\"]}}";

#[test]
fn b2_check_is_0_when_both_servers_take_us() {
    let (status, text) = check(serve_zino("200 ok", "200 ok"), serve_argus("200 OK", COUNT));
    assert_eq!(status, Some(0), "{text}");
    for line in ["login          ok: logged in as glue", "notifications  ok: tied to the session"] {
        assert!(text.contains(line), "{text}");
    }
    assert!(text.contains("token          ok: accepted, open incidents: 3"), "{text}");
    assert!(text.contains("heartbeat      ok: supported"), "{text}");
    // It answers everything else with the same, which is no form.
    assert!(text.contains("reopening      not tried: the server does not tell"), "{text}");
}

#[test]
fn b2_check_is_77_when_a_server_refuses_us() {
    let refused = "{\"detail\":\"Invalid token.\"}";
    let (status, text) = check(serve_zino("200 ok", "200 ok"), serve_argus("401 Unauthorized", refused));
    assert_eq!(status, Some(77), "{text}");
    assert!(text.contains("REFUSED: 401") && text.contains("Invalid token."), "{text}");
    let zino = serve_zino("500 User unknown", "200 ok");
    let (status, text) = check(zino, closed_port());
    assert_eq!(status, Some(77), "{text}");
    assert!(text.contains("REFUSED: the login of glue was refused"), "{text}");
}

#[test]
fn b2_check_is_75_when_a_server_is_away_or_is_another_one() {
    let (status, text) = check((closed_port(), closed_port()), serve_argus("200 OK", COUNT));
    assert_eq!(status, Some(75), "{text}");
    assert!(text.contains("login          FAILED: connection refused"), "{text}");
    let (status, text) = check(serve_zino("200 ok", "500 no"), serve_argus("404 Not Found", "<html>"));
    assert_eq!(status, Some(75), "{text}");
    assert!(
        text.contains("notifications  FAILED: could not be tied: no")
            && text.contains("token          FAILED: 404"),
        "{text}"
    );
}

#[test]
fn b2_check_gives_up_on_a_server_that_keeps_silent() {
    let argus = TcpListener::bind("127.0.0.1:0").unwrap();
    let config =
        config(closed_port(), argus.local_addr().unwrap().port()).replace("[zino]", "timeout = 0.1\n[zino]");
    let config =
        config + "[failover]\nprimary_server = \"127.0.0.1\"\nping_timeout = 0.1\nprimary_snmp_port = ";
    let agent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let dir = Dir::with_config(&format!("{config}{}\n", agent.local_addr().unwrap().port()));
    let output = dir.run(&["check"]);
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(75), "{text}");
    assert_eq!(text.matches("FAILED: no answer within 0.100 s").count(), 2, "{text}");
    assert!(text.contains("  127.0.0.1      FAILED: no answer"), "{text}");
}

#[test]
fn b51_the_proxy_of_the_environment_is_used_in_capitals_or_not_but_for_no_proxy() {
    let config = config(closed_port(), 80).replace("127.0.0.1:80", "argus.invalid");
    let dir = Dir::with_config(&config);
    for name in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let proxy = format!("http://127.0.0.1:{}", serve_argus("200 OK", COUNT));
        let output = dir.command(&["check"]).env(name, proxy).output().unwrap();
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("ok: accepted, open incidents: 3"), "{name}: {text}");
    }
    let output =
        dir.command(&["check"]).env("HTTP_PROXY", "http://127.0.0.1:9").env("NO_PROXY", ".invalid").output();
    let text = String::from_utf8(output.unwrap().stdout).unwrap();
    assert!(text.contains("FAILED: the name does not resolve"), "{text}");
    let output = dir.command(&["check"]).env("ALL_PROXY", "socks5://127.0.0.1:9").output().unwrap();
    assert_eq!(output.status.code(), Some(78));
    assert!(stderr(&output).contains("neither an http nor an https proxy"), "{}", stderr(&output));
}

#[test]
fn b15_check_warns_of_a_clock_that_is_far_off_and_ends_with_0() {
    let argus = serve_argus("200 OK\r\nDate: Wed, 22 Nov 2006 12:00:00 GMT", COUNT);
    let (status, text) = check(serve_zino("200 ok", "200 ok"), argus);
    assert_eq!(status, Some(0), "{text}");
    let line = text.lines().find(|line| line.contains("clock")).unwrap();
    assert!(line.contains("WARNING: ") && line.ends_with(" s behind ours"), "{text}");
    assert!(text.contains("NTP"), "{text}");
}

const HTTP_COUNT: &str = "HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\n{\"count\":3}";
const VALID: [i32; 2] = [2020, 2200];

/// Runs the check on `https://host:port`, with a file and a folder of certificates beside the configuration.
fn check_tls(
    url: &str,
    certificate: &str,
    ca_file: Option<&str>,
    variable: Option<(&str, &str)>,
) -> (Option<i32>, String) {
    let mut config = config(closed_port(), 1).replace("http://127.0.0.1:1", url);
    if let Some(file) = ca_file {
        config = config.replace("[zino]", &format!("ca_file = \"{file}\"\n[zino]"));
    }
    let dir = Dir::with_config(&config);
    fs::write(dir.0.join("root.pem"), certificate).expect("the system plays along");
    fs::create_dir(dir.0.join("roots")).expect("the system plays along");
    fs::write(dir.0.join("roots/argus.crt"), certificate).expect("the system plays along");
    let output = dir.command(&["check"]).envs(variable).output().expect("the system plays along");
    let text = String::from_utf8_lossy(&output.stdout).into_owned() + &stderr(&output);
    (output.status.code(), text)
}

#[test]
fn b51_a_certificate_that_signed_itself_is_trusted_where_it_is_named_also_as_a_ca() {
    for is_ca in [false, true] {
        let (port, certificate) = serve_tls(HTTP_COUNT, is_ca, VALID);
        let url = format!("https://localhost:{port}");
        let (_, without) = check_tls(&url, &certificate, None, None);
        let refused = "FAILED: the server's certificate is signed by an unknown issuer";
        assert!(without.contains(refused), "{without}");
        let ways = [
            (Some("root.pem"), None),
            (None, Some(("SSL_CERT_FILE", "root.pem"))),
            (None, Some(("SSL_CERT_DIR", "roots"))),
            (None, Some(("SSL_CERT_DIR", "/no/such/folder:roots"))),
        ];
        for (ca_file, variable) in ways {
            let (_, with) = check_tls(&url, &certificate, ca_file, variable);
            assert!(with.contains("ok: accepted"), "{ca_file:?} {variable:?} {is_ca}: {with}");
        }
    }
}

#[test]
fn b51_a_wrong_name_and_a_wrong_time_are_refused_with_the_cause() {
    for is_ca in [false, true] {
        let (port, certificate) = serve_tls(HTTP_COUNT, is_ca, VALID);
        let url = format!("https://127.0.0.1:{port}");
        let (_, text) = check_tls(&url, &certificate, Some("root.pem"), None);
        assert!(text.contains("FAILED: the server's certificate is for another name"), "{text}");
        for (years, why) in [([2020, 2021], "has expired"), ([2199, 2200], "is not yet valid")] {
            let (port, certificate) = serve_tls(HTTP_COUNT, is_ca, years);
            let url = format!("https://localhost:{port}");
            let (_, text) = check_tls(&url, &certificate, Some("root.pem"), None);
            assert!(text.contains(&format!("FAILED: the server's certificate {why}")), "{text}");
        }
    }
}

#[test]
fn b51_a_ca_file_replaces_every_other_certificate_and_must_be_one() {
    let (port, certificate) = serve_tls(HTTP_COUNT, true, VALID);
    let (_, other) = serve_tls(HTTP_COUNT, true, VALID);
    let url = format!("https://localhost:{port}");
    let dir = Dir::new();
    fs::write(dir.0.join("argus.pem"), certificate).unwrap();
    let known = dir.0.join("argus.pem").display().to_string();
    let (_, text) = check_tls(&url, &other, Some("root.pem"), Some(("SSL_CERT_FILE", known.as_str())));
    assert!(text.contains("unknown issuer"), "{text}");
    let (status, text) = check_tls(&url, &other, Some("missing.pem"), None);
    assert_eq!(status, Some(78), "{text}");
    assert!(text.contains("argus.ca_file: missing.pem: No such file or directory"), "{text}");
}
