//! `ansible-playbook --syntax-check` on the playbook, with the rendered inventory. Nothing is run.

use super::{Outcome, Tool};

/// Ansible's own reader of playbooks and inventories.
pub const PLAYBOOK: Tool = Tool {
    name: "ansible-playbook --syntax-check",
    applies: |_, path| path == "ansible/site.yaml",
    check: |job| {
        job.copy("ansible", |_, file| file.bytes.clone())?;
        let outcome = job.run("ansible-playbook", &["-i", "inventory.yaml", "--syntax-check", "site.yaml"])?;
        Ok(match outcome {
            // An inventory that cannot be read is only a warning to Ansible, and an empty inventory then.
            Outcome::Ran { ok: true, output } if output.contains("Unable to parse") => Outcome::Ran { ok: false, output },
            other => other,
        })
    },
};
