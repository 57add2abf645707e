//! The program as its operator meets it: what it prints, and the codes it ends with.

#![expect(clippy::unwrap_used, reason = "a test may panic: that is how it fails")]

use std::{
    io::Write,
    net::TcpListener,
    path::Path,
    process::{Command, Output, Stdio},
};

use sqlx::Connection;

/// Runs the program in a directory, with something on its standard input.
fn rapport(directory: &Path, arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_rapport"))
        .args(arguments)
        .current_dir(directory)
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that has ended already does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

/// What the program says when it fails: one line, and the exit code 1.
fn failure(directory: &Path, arguments: &[&str], input: &str) -> String {
    let output = rapport(directory, arguments, input);
    let text = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{text}");
    let told: Vec<&str> = text.lines().filter(|line| !line.starts_with('{')).collect();
    assert_eq!(told.len(), 1, "{text}");
    told[0].strip_prefix("error: ").unwrap().to_owned()
}

fn success(directory: &Path, arguments: &[&str], input: &str) -> String {
    let output = rapport(directory, arguments, input);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

const CREATE: [&str; 8] = [
    "workspace",
    "create",
    "acme",
    "--name=Acme",
    "--admin-email=ada@acme.example",
    "--currency=USD",
    "--time-zone=Europe/Berlin",
    "--password-stdin",
];

#[test]
fn what_goes_wrong_is_told_in_one_line_that_says_what_to_do() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    assert!(failure(at, &["serve", "--bint=x"], "").contains("'--bind'"));
    assert!(failure(at, &["migrate", "--database-url=mysql://x"], "").contains("sqlite:"));
    assert!(failure(at, &["migrate", "--database-url=sqlite://no/x.db"], "").contains("no/x.db"));
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let bind = format!("--bind={}", listener.local_addr().unwrap());
    assert!(failure(at, &["serve", &bind], "").contains("choose another port"));
    assert!(failure(at, &CREATE, "short\n").contains("password"));
    let import = ["import", "orders", "nothing.csv", "--workspace=acme"];
    assert!(failure(at, &import, "").contains("nothing.csv"));
}

#[test]
fn a_database_of_a_newer_program_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    success(directory.path(), &["migrate"], "");
    let url = format!("sqlite://{}", directory.path().join("rapport.db").display());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let mut database = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let newer = "insert into seaql_migrations (version, applied_at) values ('m9999_future', 0)";
        sqlx::query(newer).execute(&mut database).await.unwrap();
        database.close().await.unwrap();
    });
    assert!(failure(directory.path(), &["migrate"], "").contains("m9999_future"));
}

#[test]
fn settings_are_read_from_the_file_dot_env_and_flags_go_before() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join(".env");
    std::fs::write(file, "RAPPORT_DATABASE_URL=sqlite://other.db\n").unwrap();
    success(directory.path(), &["migrate"], "");
    assert!(directory.path().join("other.db").exists());
    success(directory.path(), &["migrate", "--database-url=sqlite://third.db"], "");
    assert!(directory.path().join("third.db").exists());
    assert!(!directory.path().join("rapport.db").exists());
}

#[test]
fn a_file_is_imported_and_its_bad_rows_are_kept_to_be_put_right() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    success(at, &CREATE, "correct horse battery\n");
    let customers = "Id;Name\n1;Anna\n;Nobody\n2;Ben\n";
    std::fs::write(at.join("people.csv"), customers).unwrap();
    let import = [
        "import",
        "customers",
        "people.csv",
        "--workspace=acme",
        "--map=Id=externalId",
        "--set=kind=person",
    ];
    let dry = [import.as_slice(), &["--dry-run"]].concat();
    let output = rapport(at, &dry, "");
    assert!(
        String::from_utf8_lossy(&output.stdout)
            .starts_with("dry run, nothing was changed: 3 rows: 2 imported")
    );
    let output = rapport(at, &import, "");
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8_lossy(&output.stdout)
            .contains("2 imported, 0 updated, 0 unchanged, 1 failed")
    );
    let errors = std::fs::read_to_string(at.join("people.errors.csv")).unwrap();
    assert_eq!(errors, "line;field;reason;Id;Name\n3;externalId;is missing;;Nobody\n");
    std::fs::write(at.join("people.errors.csv"), errors.replace(";;Nobody", ";3;Nobody")).unwrap();
    let again = [&["import", "customers", "people.errors.csv"], &import[3..]].concat();
    assert!(success(at, &again, "").contains("1 imported"));
    let piped = [&["import", "customers", "-"], &import[3..]].concat();
    assert!(success(at, &piped, "Id;Name\n1;Anna\n2;Ben\n").contains("2 unchanged"));
    let nowhere = [&import[..3], &["--workspace=nowhere"], &import[4..]].concat();
    assert!(failure(at, &nowhere, "").contains("workspace create"));
}
