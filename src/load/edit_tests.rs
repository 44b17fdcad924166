//! Tests of edits: the shapes that people write, and that every value of every shipped topology can be edited alone.

use super::*;
use crate::diag::Source;
use crate::load::tree::Tree;

const SHIPPED: [&str; 5] = [
    include_str!("../../topologies/inuretech.yaml"),
    include_str!("../../topologies/inuretech-witness.yaml"),
    include_str!("../../topologies/minimal.yaml"),
    include_str!("../../topologies/hosts.yaml"),
    include_str!("../../topologies/independent.yaml"),
];

fn sources(texts: &[&str]) -> Sources {
    Sources(texts.iter().map(|text| Source { name: "x.yaml".to_owned(), text: (*text).to_owned() }).collect())
}

fn path(dotted: &str) -> Path {
    dotted.split('.').map(|key| Step::Key(key.to_owned())).collect()
}

fn set(at: &str, value: impl Into<Written>) -> Edit {
    let mut edit = Edit::new();
    edit.set(path(at), value);
    edit
}

fn append(at: &str, value: &str) -> Edit {
    let mut edit = Edit::new();
    edit.append(path(at), value);
    edit
}

fn value(text: &str) -> Value {
    Tree { root: parse(0, text).unwrap_or_else(|findings| panic!("{findings:#?}\n{text}")) }.to_value()
}

/// The text after the edit, which means what the edit says.
fn edited(text: &str, edit: &Edit) -> String {
    let sources = sources(&[text]);
    let mut files = Editor::new(&sources).unwrap().apply(edit).unwrap();
    let after = files.pop().unwrap().after;
    let mut expected = value(text);
    carry_out(&mut expected, edit);
    assert_eq!(value(&after), expected, "{after}");
    after
}

fn refused(text: &str, edit: &Edit) -> Refused {
    Editor::new(&sources(&[text])).unwrap().apply(edit).unwrap_err()
}

#[test]
fn a_scalar_is_replaced_where_it_stands() {
    assert_eq!(edited("a: {count: 3, cpu: 4} # three\n", &set("a.count", 2)), "a: {count: 2, cpu: 4} # three\n");
    assert_eq!(edited("a:\n  ttl: 60s   # long\n  b: 1\n", &set("a.ttl", "30s")), "a:\n  ttl: 30s   # long\n  b: 1\n");
    assert_eq!(edited("a: \"60s\"\nb: '1'\n", &set("a", "30s")), "a: \"30s\"\nb: '1'\n");
    assert_eq!(edited("a: '60s'", &set("a", "30s")), "a: '30s'");
    assert_eq!(edited("a: off\n", &set("a", "true")), "a: \"true\"\n");
}

#[test]
fn a_key_is_added_as_its_mapping_is_written() {
    for (text, expected) in [
        ("a: {m: 3, s: 2}\n", "a: {m: 3, s: 2, w: 1}\n"),
        ("a: { m: 3 } # x\n", "a: { m: 3, w: 1 } # x\n"),
        ("a: {}\n", "a: {w: 1}\n"),
        ("a: {m: 3,}\n", "a: {m: 3, w: 1,}\n"),
        ("a: {m: 3, # first, the\n  s: 2 # last, one\n  }\n", "a: {m: 3, # first, the\n  s: 2, w: 1 # last, one\n  }\n"),
        ("{\"a\": {\"m\": 3}}", "{\"a\": {\"m\": 3, \"w\": 1}}"),
        ("a:\n  m: 3\nb: 1\n", "a:\n  m: 3\n  w: 1\nb: 1\n"),
        (
            "a:\n    m:\n      x: [1] # y\n      # inner\n    # of a\n# of b\nb: 1\n",
            "a:\n    m:\n      x: [1] # y\n      # inner\n    # of a\n    w: 1\n# of b\nb: 1\n",
        ),
        ("a:\n  m: 3", "a:\n  m: 3\n  w: 1"),
        ("a:\r\n  m: 3\r\nb: 1\r\n", "a:\r\n  m: 3\r\n  w: 1\r\nb: 1\r\n"),
        ("a:\n  m: |\n    text\n\nb: 1\n", "a:\n  m: |\n    text\n\n  w: 1\nb: 1\n"),
        ("a:\n  m:\nb: 1\n", "a:\n  m:\n  w: 1\nb: 1\n"),
        ("a: {m: , s: }\n", "a: {m: , s:, w: 1 }\n"),
    ] {
        assert_eq!(edited(text, &set("a.w", 1)), expected);
    }
}

#[test]
fn missing_parents_are_added_and_null_is_filled() {
    let mut edit = set("a.sync.mode", "quorum");
    edit.set(path("a.sync.nodes"), 2);
    assert_eq!(edited("a: {x: 1}\n", &edit), "a: {x: 1, sync: {mode: quorum, nodes: 2}}\n");
    assert_eq!(edited("a:\n  x: 1\n", &edit), "a:\n  x: 1\n  sync: {mode: quorum, nodes: 2}\n");
    assert_eq!(edited("a:\n  sync:   # later\n  x: 1\n", &edit), "a:\n  sync: {mode: quorum, nodes: 2}   # later\n  x: 1\n");
    assert_eq!(edited("a: {sync: null, x: 1}\n", &edit), "a: {sync: {mode: quorum, nodes: 2}, x: 1}\n");
    let mut edit = set("w.network", "10.3.0.0/24");
    edit.set(path("w.nodes.dcs.count"), 1);
    assert_eq!(
        edited("w: null # none\nb: 1\n", &edit),
        "w: # none\n  network: 10.3.0.0/24\n  nodes:\n    dcs: {count: 1}\nb: 1\n"
    );
}

#[test]
fn a_section_is_set_apart_as_the_others_are() {
    let mut edit = Edit::new();
    edit.set_after("a", path("w"), Written::map([("x", Written::map([("y", Written::Number(1))]))]));
    let block = "w:\n  x: {y: 1}\n";
    assert_eq!(
        edited("a:\n  b: 1\n  # of a\n\n# of c\nc: 2\n", &edit),
        format!("a:\n  b: 1\n  # of a\n\n{block}\n# of c\nc: 2\n")
    );
    assert_eq!(edited("a: 1\nc: 2\n", &edit), format!("a: 1\n{block}c: 2\n"));
    assert_eq!(edited("c: 2\n\nb: 1\n", &edit), format!("c: 2\n\nb: 1\n\n{block}"));
    assert_eq!(edited("c: 2\nb: 1\n", &edit), format!("c: 2\nb: 1\n{block}"));
}

#[test]
fn an_item_is_added_as_its_list_is_written() {
    for (text, expected) in [
        ("p: [10.0.0.1] # one\n", "p: [10.0.0.1, 10.0.0.2] # one\n"),
        ("p: []\n", "p: [10.0.0.2]\n"),
        ("p:\n- 10.0.0.1 # one\n# of q\nq: 1\n", "p:\n- 10.0.0.1 # one\n- 10.0.0.2\n# of q\nq: 1\n"),
        ("p:\n  - a: 1\n    b: 2\n  # end\nq: 1\n", "p:\n  - a: 1\n    b: 2\n  # end\n  - 10.0.0.2\nq: 1\n"),
        ("q: 1\n", "q: 1\np: [10.0.0.2]\n"),
    ] {
        assert_eq!(edited(text, &append("p", "10.0.0.2")), expected);
    }
}

#[test]
fn what_cannot_be_edited_alone_is_refused() {
    let anchored = "a: &x {count: 3}\nb: *x\nc: &y 5\n";
    for at in ["a.count", "b.count", "c", "a.more"] {
        assert!(matches!(refused(anchored, &set(at, 1)), Refused::Shared(_)), "{at}");
    }
    assert_eq!(refused("a: {b: 1}\n", &set("a", 1)), Refused::Whole(path("a")));
    assert_eq!(refused("a: |\n  text\n", &set("a", 1)), Refused::Whole(path("a")));
    assert_eq!(refused("a: 1\n", &set("a.b", 1)), Refused::Shape(path("a")));
    assert_eq!(refused("a: 1\n", &append("a", "x")), Refused::Shape(path("a")));
    assert_eq!(Editor::new(&sources(&[])).unwrap().apply(&set("a", 1)), Err(Refused::NoFile));
}

#[test]
fn the_last_file_that_declares_a_key_is_edited() {
    let sources = sources(&["a: {x: 1, y: {z: 1}}\nw: {v: 1}\n", "a: {x: 2}\nw: null\n"]);
    let editor = Editor::new(&sources).unwrap();
    let files = |at: &str| editor.apply(&set(at, 7)).unwrap().into_iter().map(|it| (it.file, it.after)).collect::<Vec<_>>();
    assert_eq!(files("a.x"), [(1, "a: {x: 7}\nw: null\n".to_owned())]);
    assert_eq!(files("a.y.z"), [(0, "a: {x: 1, y: {z: 7}}\nw: {v: 1}\n".to_owned())]);
    assert_eq!(files("a.y.new"), [(0, "a: {x: 1, y: {z: 1, new: 7}}\nw: {v: 1}\n".to_owned())]);
    assert_eq!(files("a.new"), [(1, "a: {x: 2, new: 7}\nw: null\n".to_owned())]);
    assert_eq!(files("w"), [(1, "a: {x: 2}\nw: 7\n".to_owned())]);
}

/// The paths of all scalars, mappings and lists that lead through keys only.
fn places(value: &Value, at: &Path, found: &mut Vec<(Path, Value)>) {
    found.push((at.clone(), value.clone()));
    for (key, inner) in value.as_object().into_iter().flatten() {
        places(inner, &at.key(key), found);
    }
}

/// How many bytes both texts have in common at the start and at the end.
fn common(before: &str, after: &str) -> usize {
    let front = before.bytes().zip(after.bytes()).take_while(|(one, two)| one == two).count();
    let most = before.len().min(after.len()) - front;
    front + before.bytes().rev().zip(after.bytes().rev()).take(most).take_while(|(one, two)| one == two).count()
}

#[test]
fn every_value_of_every_shipped_topology_can_be_edited_alone() {
    for text in SHIPPED {
        let (sources, before) = (sources(&[text]), value(text));
        let editor = Editor::new(&sources).unwrap();
        let mut found = Vec::new();
        places(&before, &Path::root(), &mut found);
        assert!(found.len() > 100);
        for (at, old) in found {
            let mut edit = Edit::new();
            match &old {
                Value::Object(_) => edit.set(at.key("zz"), Written::map([("zz", Written::Number(1))])),
                Value::Array(_) => edit.append(at, "zz"),
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => edit.set(at, "zz: zz"),
            }
            let after = editor.apply(&edit).unwrap().pop().unwrap().after;
            let mut expected = before.clone();
            carry_out(&mut expected, &edit);
            assert_eq!(value(&after), expected, "{after}");
            let kept = if old.is_object() || old.is_array() { text.len() } else { text.len() - old.to_string().len() };
            assert!(common(text, &after) >= kept, "{old}\n{after}");
        }
    }
}
