//! The systemd unit.

use std::fs;
use std::io::Write as _;
use std::process::Command;
use std::time::Duration;

use bellwether_tests::binary;
use bellwether_tests::deploy::path;
use bellwether_tests::deploy::settings::Settings;
use tempfile::TempDir;

use super::pods::BESIDE_DRAIN;

/// Exposure, of 10, that `systemd-analyze security` may at most see in it.
const EXPOSURE: &str = "20";

fn unit() -> String {
    fs::read_to_string(path("systemd/bellwether.service")).expect("it is part of the repository")
}

/// The values of a directive.
fn all<'a>(unit: &'a str, directive: &str) -> Vec<&'a str> {
    let value = |line: &'a str| line.strip_prefix(directive)?.strip_prefix('=');
    unit.lines().filter_map(value).collect()
}

/// Runs `systemd-analyze` on the unit with the binary under test in the place of the installed one;
/// none where there is no systemd.
fn analyzed(arguments: &[&str], unit: &str) -> Option<Result<String, String>> {
    let directory = TempDir::new().expect("a temporary directory");
    let file = directory.path().join("bellwether.service");
    let here = unit.replace("/usr/local/bin/bellwether", &binary::path().display().to_string());
    fs::write(&file, here).expect("the directory is ours");
    let mut command = Command::new("systemd-analyze");
    command.args(arguments).arg(&file).env("SYSTEMD_LOG_LEVEL", "warning");
    let Ok(output) = command.output() else {
        let line = "SKIPPED: the systemd unit is not verified: there is no systemd-analyze here";
        let _ = writeln!(std::io::stderr(), "{line}");
        return None;
    };
    let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    Some(if output.status.success() { Ok(said) } else { Err(said) })
}

#[test]
fn systemd_understands_it() {
    let verify = ["verify", "--man=no"];
    let Some(said) = analyzed(&verify, &unit()) else { return };
    // What systemd does not know it says, and passes over.
    let said = said.expect("a good unit");
    assert!(!said.contains("bellwether.service"), "{said}");
    let wrong = unit().replace("NoNewPrivileges=", "NoNewPrivilege=");
    let said = analyzed(&verify, &wrong).expect("it was there a moment ago");
    let said = said.unwrap_or_else(|said| said);
    assert!(said.contains("NoNewPrivilege"), "a misspelt directive is passed over: {said}");
}

#[test]
fn systemd_finds_it_hardened() {
    let threshold = format!("--threshold={EXPOSURE}");
    let arguments = ["security", "--offline=true", "--no-pager", &threshold];
    let Some(said) = analyzed(&arguments, &unit()) else { return };
    said.expect("little is exposed");
    let open: String =
        unit().lines().filter(|line| !line.starts_with("System")).flat_map(|l| [l, "\n"]).collect();
    assert!(analyzed(&arguments, &open).expect("it was there").is_err(), "nothing is exposed");
}

#[test]
fn it_starts_the_binary_and_gives_it_time_to_leave() {
    let unit = unit();
    let [start] = all(&unit, "ExecStart")[..] else { panic!("one command starts it") };
    let words: Vec<_> = start.split(' ').collect();
    assert_eq!(words[..2], ["/usr/local/bin/bellwether", "serve"]);
    let checks = all(&unit, "ExecStartPre");
    assert_eq!(checks[0].replace("config check", "serve"), start, "what is checked is what starts");
    for command in [&words[1..2], &["config", "check"][..]] {
        let help = Command::new(binary::path()).args(command).arg("--help").output();
        let help = String::from_utf8(help.expect("it can be started").stdout).expect("text");
        for flag in words.iter().filter(|word| word.starts_with("--")) {
            assert!(help.contains(&format!("{flag} <")), "{command:?} has no {flag}");
        }
    }
    let grace = humantime::parse_duration(all(&unit, "TimeoutStopSec")[0]).expect("a duration");
    let drain = Settings::of(None, &[]).duration("drain_grace");
    assert!(grace > drain + BESIDE_DRAIN && grace < Duration::from_secs(120), "{grace:?}");
}
