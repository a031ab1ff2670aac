//! The system's package manager, for the programs that the tests start and cargo cannot bring.

use crate::command::CommandLine;

/// A program that comes from the system's packages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Program {
    /// `redis-server`.
    Redis,
    /// `python3` with its `venv` module.
    Python,
}

/// The package managers that we know how to call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PackageManager {
    /// Debian, Ubuntu and their kin.
    Apt(Privilege),
    /// Homebrew, which refuses to run as root and needs no such rights.
    Brew,
}

/// How a command that needs root gets it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Privilege {
    /// We are root, or there is no `sudo` and the command shall say itself what it lacks.
    AsWeAre,
    /// By `sudo`, which asks on the terminal for what it wants to know.
    Sudo,
}

impl PackageManager {
    /// The one that this machine has, if it is one that we know.
    pub(crate) fn of_this_machine() -> Option<Self> {
        let has = |program| CommandLine::new(program, &["--version"]).answer().is_some();
        if has("apt-get") {
            let root = CommandLine::new("id", &["-u"]).answer().is_some_and(|id| id.trim() == "0");
            let sudo = !root && has("sudo");
            return Some(Self::Apt(if sudo { Privilege::Sudo } else { Privilege::AsWeAre }));
        }
        has("brew").then_some(Self::Brew)
    }

    /// The commands that install the programs.
    pub(crate) fn install(self, programs: &[Program]) -> Vec<CommandLine> {
        let packages = programs.iter().flat_map(|&program| self.packages(program));
        match self {
            Self::Apt(privilege) => {
                let install = "env DEBIAN_FRONTEND=noninteractive \
                               apt-get install --yes --no-install-recommends";
                let install = install.split_whitespace().chain(packages.copied()).collect();
                // A fresh machine has no list of packages, and an old list names files that are
                // gone. One of several sources that cannot be reached need not be ours.
                let update = privilege.command(vec!["apt-get", "update"]).may_fail();
                vec![update, privilege.command(install)]
            }
            Self::Brew => {
                let args: Vec<&str> = ["install"].into_iter().chain(packages.copied()).collect();
                vec![CommandLine::new("brew", &args)]
            }
        }
    }

    /// What to know before the programs are installed.
    pub(crate) fn warning(self, programs: &[Program]) -> Option<&'static str> {
        (matches!(self, Self::Apt(_)) && programs.contains(&Program::Redis)).then_some(
            "where an init system runs, Debian's package also starts a Redis service on port 6379; \
             the tests start servers of their own and leave that one alone \
             (to stop it: systemctl disable --now redis-server)",
        )
    }

    fn packages(self, program: Program) -> &'static [&'static str] {
        match (self, program) {
            (Self::Apt(_), Program::Redis) => &["redis-server"],
            // Debian splits off the module without which `python3 -m venv` fails.
            (Self::Apt(_), Program::Python) => &["python3", "python3-venv"],
            (Self::Brew, Program::Redis) => &["redis"],
            (Self::Brew, Program::Python) => &["python"],
        }
    }
}

impl Privilege {
    fn command(self, mut words: Vec<&str>) -> CommandLine {
        if self == Self::Sudo {
            words.insert(0, "sudo");
        }
        CommandLine::new(words[0], &words[1..])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_manager_has_its_commands() {
        let cases: [(_, &[Program], &[&str]); 4] = [
            (
                PackageManager::Apt(Privilege::AsWeAre),
                &[Program::Redis],
                &[
                    "apt-get update",
                    "env DEBIAN_FRONTEND=noninteractive apt-get install --yes \
                     --no-install-recommends redis-server",
                ],
            ),
            (
                PackageManager::Apt(Privilege::Sudo),
                &[Program::Redis, Program::Python],
                &[
                    "sudo apt-get update",
                    "sudo env DEBIAN_FRONTEND=noninteractive apt-get install --yes \
                     --no-install-recommends redis-server python3 python3-venv",
                ],
            ),
            (PackageManager::Brew, &[Program::Redis], &["brew install redis"]),
            (
                PackageManager::Brew,
                &[Program::Redis, Program::Python],
                &["brew install redis python"],
            ),
        ];
        for (manager, programs, expected) in cases {
            let shown: Vec<String> =
                manager.install(programs).iter().map(ToString::to_string).collect();
            assert_eq!(shown, expected, "{manager:?} {programs:?}");
        }
    }

    #[test]
    fn only_debian_starts_a_service() {
        let apt = PackageManager::Apt(Privilege::AsWeAre);
        assert!(apt.warning(&[Program::Redis]).is_some());
        assert_eq!(apt.warning(&[Program::Python]), None);
        assert_eq!(PackageManager::Brew.warning(&[Program::Redis]), None);
    }
}
