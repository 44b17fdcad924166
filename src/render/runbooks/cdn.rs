//! The delivery network: it goes to the other origin request by request; a person may spare it the dead one.

use super::System;
use super::book::{Check, Part, Place, Step};
use super::ground::Loss;
use crate::model::Path;
use crate::model::plan::edge::origin;

/// The delivery network.
pub struct Cdn;

/// The rendered file with the origins.
const FILE: &str = "cdn/main.tf.json";

impl System for Cdn {
    fn lost(&self, loss: Loss<'_>) -> Vec<Part> {
        if loss.ground.topology.cdn.is_none() || !is_first(loss) {
            return Vec::new();
        }
        let text = "It turns to the other origin by itself, request by request. While the dead one is listed as the first, each miss waits \
                    for it; so it is switched off.";
        vec![Part::new("Delivery network", vec![switch(loss, false)]).text(text)]
    }

    fn open(&self, loss: Loss<'_>) -> Vec<Step> {
        loss.ground.topology.cdn.iter().filter(|_| is_first(loss)).map(|_| switch(loss, true)).collect()
    }
}

/// Whether the lost data centre is the origin that is asked first; the other one is only asked when that fails.
fn is_first(loss: Loss<'_>) -> bool {
    loss.ground.datacenters().first() == Some(&loss.lost)
}

fn switch(loss: Loss<'_>, on: bool) -> Step {
    let name = origin(loss.ground.topology, loss.lost);
    let (verb, word) = if on { ("Use", "true") } else { ("Do without", "false") };
    let change =
        format!("(.resource.yandex_cdn_origin_group.edge.origin[] | select(.source | startswith(\"{name}:\")).enabled) = {word}");
    let seen = format!(
        "terraform -chdir=cdn show -json | jq -c '.. | objects | select(.source? // \"\" | startswith(\"{name}:\")) | {{source, enabled}}'"
    );
    Step::new(format!("{verb} the origin {name}"), Place::operator())
        .run(format!("jq '{change}' {FILE} > {FILE}.new\nmv {FILE}.new {FILE}\nterraform -chdir=cdn apply"))
        .check(Check::new(seen, format!("`\"enabled\":{word}`"), format!("\"enabled\":{word}")))
        .unrehearsed("the provider cannot be reached from where this is tested")
        .source(Path::of(["cdn"]))
}
