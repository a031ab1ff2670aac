//! The guards of the scripts, and how each is taken out.

/// A guard, and what the script is without it.
pub(super) struct Mutant {
    /// What it guards by, in the words of the design.
    pub(super) guard: &'static str,
    /// Where, below `crates/store-redis/src/lua`; what stands there; what is put in its place.
    pub(super) edits: &'static [(&'static str, &'static str, &'static str)],
    /// Real processes must notice too, and not the store's own tests alone.
    pub(super) must_show_in_a_cluster: bool,
}

/// All of them.
pub(super) const MUTANTS: &[Mutant] = &[
    Mutant {
        guard: "epoch and owner of a leader's claims (I3)",
        edits: &[(
            "turn.lua",
            "leads, paused = lease[1] == EPOCH and lease[2] == OWNER, lease[3]",
            "leads, paused = lease[1] ~= nil, lease[3]",
        )],
        must_show_in_a_cluster: true,
    },
    Mutant {
        guard: "compare-and-set of a claim on etag and next point (I1)",
        edits: &[(
            "sections/claims.lua",
            "elseif not job or sub(job, 1, 40) ~= ARGV[EXPECTS + c] or paused",
            "elseif not job or paused",
        )],
        must_show_in_a_cluster: true,
    },
    Mutant {
        guard: "attempt and owner of a finish (I5)",
        edits: &[(
            "sections/finish.lua",
            "elseif sub(attempt, 1, 20) ~= terms[1] then",
            "elseif not terms[1] then",
        )],
        must_show_in_a_cluster: true,
    },
    Mutant {
        guard: "number of a turn in its lane",
        edits: &[
            (
                "turn.lua",
                "if last_seq == SEQ then return call('HGET', LANES, BOOT .. 'a') or 'S' end\n",
                "",
            ),
            ("turn.lua", "if tonumber(SEQ) < tonumber(last_seq) then return 'S' end\n", ""),
        ],
        must_show_in_a_cluster: false,
    },
    Mutant {
        guard: "registration of a turn's sender",
        edits: &[("turn.lua", "if not last_seq then return 'U' end", "last_seq = last_seq or '0'")],
        must_show_in_a_cluster: false,
    },
    Mutant {
        guard: "floor of a registration",
        edits: &[(
            "register.lua",
            "redis.call('HSET', KEYS[1], boot, floor)",
            "redis.call('HSET', KEYS[1], boot, '0')",
        )],
        must_show_in_a_cluster: false,
    },
    Mutant {
        guard: "epoch and owner of a reap (I3)",
        edits: &[(
            "reap.lua",
            "if lease[1] ~= ARGV[3] or lease[2] ~= ARGV[4] then return false end",
            "if not lease then return false end",
        )],
        must_show_in_a_cluster: false,
    },
    Mutant {
        guard: "a new epoch for each term (I4)",
        edits: &[(
            "acquire.lua",
            "math.max(epoch + 1, now, tonumber(ARGV[3]) + 1)",
            "math.max(epoch, 1)",
        )],
        must_show_in_a_cluster: false,
    },
];

impl Mutant {
    /// The script in `file` without the guard.
    ///
    /// # Errors
    /// What the script does not say, or says more than once.
    pub(super) fn of(&self, file: &str, script: &str) -> Result<String, &'static str> {
        let mut mutant = script.to_owned();
        for (_, guard, without) in self.edits.iter().filter(|(of, _, _)| *of == file) {
            if mutant.matches(*guard).count() != 1 {
                return Err(guard);
            }
            mutant = mutant.replacen(*guard, without, 1);
        }
        Ok(mutant)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_guard_stands_in_its_script_once() {
        let lua = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/store-redis/src/lua");
        for mutant in MUTANTS {
            for (file, _, _) in mutant.edits {
                let script = std::fs::read_to_string(lua.join(file)).expect("the script is there");
                let without = mutant.of(file, &script);
                assert!(without.is_ok_and(|without| without != script), "{}: {file}", mutant.guard);
            }
        }
    }
}
