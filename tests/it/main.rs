//! The tests that go through the binary or look at the source tree: one test binary, so that one link serves all.
#![expect(clippy::disallowed_methods, reason = "tests read and write files of their own")]
#![expect(clippy::unwrap_used, clippy::panic, reason = "helpers of tests fail as tests do")]

mod advice;
mod architecture;
mod commands;
mod common;
mod diff;
mod documents;
mod oracle;
mod placement;
mod rules;
mod shipped;
mod survival;
mod trace;
