//! Units of systemd: how the services of the database hosts are started, as Debian's packages leave it open.

use serde::Serialize;

use super::Instance;
use crate::model::{Artifact, HostName};
use crate::render::RenderError;
use crate::render::template::{Template, render};

/// A file of `/etc/systemd/system`.
pub(super) fn unit<T: Serialize>(
    instance: &Instance<'_>,
    host: &HostName,
    name: &str,
    template: Template,
    context: &T,
) -> Result<Artifact, RenderError> {
    let path = instance.file(host, &format!("etc/systemd/system/{name}"));
    Ok(Artifact::text(path, render(template, context)?, instance.sources("on")))
}
