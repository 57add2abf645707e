//! The README's commands, word for word, against the program that its first command starts.

use std::process::Command;

use crate::harness::program::Program;

const PASSWORD: &str = "a password for the readme";

/// The blocks that are marked `sh readme`, in order.
fn commands(readme: &str) -> Vec<String> {
    let blocks = readme.split("```sh readme\n").skip(1);
    blocks.filter_map(|block| Some(block.split("```").next()?.to_owned())).collect()
}

#[test]
fn a_newcomer_can_follow_the_readme_word_for_word() {
    let readme = include_str!("../README.md");
    assert!(readme.contains("cargo run -- serve --demo"));
    let files = tempfile::tempdir().expect("a temporary directory");
    let database = format!("sqlite://{}", files.path().join("rapport.db").display());
    let program = Program::serve(&database, &["--demo"], &[("RAPPORT_DEMO_PASSWORD", PASSWORD)]);
    assert!(program.said.contains("ada@demo.example"), "{}", program.said);
    let commands = commands(readme);
    assert_eq!(commands.len(), 7);
    let script: Vec<String> =
        commands.iter().map(|block| format!("{block}\necho; echo '=='\n")).collect();
    let script = script.join("").replace("http://127.0.0.1:8080", &program.base);
    let run = Command::new("bash").args(["-ec", &script]).env("PASSWORD", PASSWORD).output();
    let run = run.expect("bash");
    let said = String::from_utf8_lossy(&run.stdout);
    let answers: Vec<&str> = said.split("==\n").collect();
    for (n, expected) in [
        (1, "\"email\":\"ada@demo.example\""),
        (2, "\"name\":\"Cancity\""),
        (3, "\"total\":"),
        (4, "\"count\":"),
        (5, "\"name\":\"Large retail customers\""),
        (6, "\"amount\":\"-500000.00\""),
    ] {
        assert!(answers[n].contains(expected), "{}\nanswers\n{}", commands[n], answers[n]);
        assert!(!answers[n].contains("\"errors\""), "{}", answers[n]);
    }
}
