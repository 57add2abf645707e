//! The program under test: the same as `rapport`, built with the tests so that they can start it.

fn main() -> std::process::ExitCode {
    rapport::cli::main()
}
