//! Components without a checker that works offline. They are listed, so that nobody takes silence for a yes.

use super::{Outcome, Tool, in_etc};

/// `PgBouncer` reads its file only to serve.
pub const PGBOUNCER: Tool = Tool {
    name: "pgbouncer",
    applies: |_, path| in_etc(path, "pgbouncer") == Some("pgbouncer.ini"),
    check: |_| Ok(not_checked("pgbouncer has no way to check a file without serving it")),
};

/// etcd has no check.
pub const ETCD: Tool = Tool {
    name: "etcd",
    applies: |_, path| in_etc(path, "etcd").is_some_and(|name| name.starts_with("etcd.")),
    check: |_| Ok(not_checked("etcd has no way to check a file without joining the cluster")),
};

/// Kafka's own check is in its classes, not in a program.
pub const KAFKA: Tool = Tool {
    name: "kafka",
    applies: |_, path| in_etc(path, "kafka") == Some("server.properties"),
    check: |_| Ok(not_checked("kafka has no program that checks a file without starting a broker")),
};

fn not_checked(why: &str) -> Outcome {
    Outcome::NotChecked { why: why.to_owned() }
}
