//! The `inuretech` command. Everything that knows the terminal, the environment or the clock is in `cli`.

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::main()
}
