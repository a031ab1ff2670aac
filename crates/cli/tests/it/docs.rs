//! What the pages in `docs/` show on a screen is what the binary prints.

use std::fs;
use std::path::Path;

use crate::process::run;

/// A command of a page, and what the page shows below it.
struct Example {
    command: String,
    shown: String,
}

/// The examples in the `console` blocks of a page.
fn examples(page: &str) -> Vec<Example> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
    let (mut examples, mut inside) = (Vec::<Example>::new(), false);
    for line in fs::read_to_string(path).unwrap().lines() {
        if line.starts_with("```") {
            inside = line == "```console";
        } else if let Some(command) = line.strip_prefix("$ bellwether ").filter(|_| inside) {
            examples.push(Example { command: command.to_owned(), shown: String::new() });
        } else if inside {
            let example = examples.last_mut().expect("a block begins with a command");
            example.shown += line;
            example.shown.push('\n');
        }
    }
    examples
}

/// The words of a command line, in which single quotes hold words together.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (at, piece) in command.split('\'').enumerate() {
        match at % 2 {
            0 => words.extend(piece.split_whitespace().map(str::to_owned)),
            _ => words.push(piece.to_owned()),
        }
    }
    words
}

#[test]
fn the_page_on_triggers_shows_what_is_printed() {
    let examples = examples("triggers.md");
    assert!(examples.len() >= 15, "only {} examples were found", examples.len());
    for Example { command, shown } in examples {
        let words = words(&command);
        let ended = run(&words.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(ended.stdout + &ended.stderr, shown, "bellwether {command}");
    }
}
