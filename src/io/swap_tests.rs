//! What a write does to the disk, and what is left of one that was killed.

use std::os::unix::fs::symlink;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::*;

const CHILD: &str = "io::swap::tests::child";

fn tree(files: &[(&str, &str)]) -> Tree {
    let file =
        |path: &str, text: &str| File { bytes: text.as_bytes().to_vec(), executable: path.ends_with("sh"), sources: Vec::new() };
    Tree(files.iter().map(|(path, text)| ((*path).to_owned(), file(path, text))).collect())
}

/// A tree whose every file says which one it is, and whose names differ in part as well.
fn version(number: usize) -> Tree {
    let text = format!("version {number}\n");
    let mut paths: Vec<String> = (0..40).map(|file| format!("hosts/{}/etc/file-{file}", file % 7)).collect();
    paths.push(format!("only-in-{number}/file.sh"));
    tree(&paths.iter().map(|path| (path.as_str(), text.as_str())).collect::<Vec<_>>())
}

fn out() -> (TempDir, PathBuf) {
    let parent = tempfile::tempdir().unwrap();
    let out = parent.path().join("out");
    (parent, out)
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn is(folder: &Path, tree: &Tree) -> bool {
    tree::compare(tree, folder).unwrap().is_empty()
}

fn unsupported(_: &Path, _: &Path) -> io::Result<()> {
    Err(Errno::INVAL.into())
}

#[test]
fn a_new_tree_is_written_whole() {
    let (parent, out) = out();
    let tree = tree(&[("a.conf", "a"), ("b/c/run.sh", "#!/bin/sh\n")]);
    let report = write(&tree, &out, false).unwrap();
    assert_eq!((report.files, report.replaced.len()), (3, 3));
    assert_eq!(names(&out), ["a.conf", "b", LOCK_FILE]);
    assert_eq!(fs::metadata(out.join("b/c/run.sh")).unwrap().permissions().mode() & 0o100, 0o100);
    assert_eq!(fs::metadata(out.join("a.conf")).unwrap().permissions().mode() & 0o111, 0);
    assert_eq!(names(parent.path()), ["out"]);
    assert!(is(&out, &tree));
}

#[test]
fn an_unchanged_tree_is_left_alone() {
    let (_parent, out) = out();
    let _ = write(&version(1), &out, false).unwrap();
    let before = fs::metadata(&out).unwrap();
    assert_eq!(write(&version(1), &out, false).unwrap().replaced, []);
    let after = fs::metadata(&out).unwrap();
    assert_eq!(std::os::unix::fs::MetadataExt::ino(&before), std::os::unix::fs::MetadataExt::ino(&after));
}

#[test]
fn a_changed_tree_takes_the_place_of_the_old_one() {
    for exchange in [exchange, unsupported] {
        let (parent, out) = out();
        let _ = write(&version(1), &out, false).unwrap();
        fs::set_permissions(&out, Permissions::from_mode(0o750)).unwrap();
        let _ = write_with(&version(2), &out, false, &Seams { exchange, after: &|_| {} }).unwrap();
        assert!(is(&out, &version(2)));
        assert_eq!(fs::metadata(&out).unwrap().permissions().mode() & 0o777, 0o750);
        assert_eq!(names(parent.path()), ["out"]);
    }
}

#[test]
fn edited_files_are_replaced_and_reported() {
    let (_parent, out) = out();
    let _ = write(&tree(&[("a", "1"), ("b", "1")]), &out, false).unwrap();
    fs::write(out.join("b"), "by hand").unwrap();
    let report = write(&tree(&[("a", "1"), ("b", "1")]), &out, false).unwrap();
    assert_eq!(report.replaced, [Stale { path: "b".to_owned(), why: Why::Edited }]);
    assert_eq!(fs::read(out.join("b")).unwrap(), b"1");
}

#[test]
fn files_of_somebody_else_are_kept_unless_forced() {
    let (_parent, out) = out();
    let _ = write(&version(1), &out, false).unwrap();
    for number in 10..22 {
        fs::write(out.join(format!("mine-{number}")), "").unwrap();
    }
    let error = write(&version(2), &out, false).unwrap_err();
    assert!(matches!(&error, WriteError::Unknown { files, .. } if files.len() == 12), "{error}");
    assert!(error.to_string().ends_with("`mine-18`, `mine-19` and 2 more"), "{error}");
    assert!(out.join("mine-10").exists() && out.join("only-in-1").exists());
    let _ = write(&version(2), &out, true).unwrap();
    assert!(is(&out, &version(2)));
}

#[test]
fn a_folder_of_somebody_else_is_kept_unless_forced() {
    let (_parent, out) = out();
    fs::create_dir(&out).unwrap();
    fs::write(out.join("letter.txt"), "dear").unwrap();
    let error = write(&version(1), &out, false).unwrap_err();
    assert!(error.to_string().ends_with("was not written by inuretech and is not empty: `letter.txt`"), "{error}");
    fs::remove_file(out.join("letter.txt")).unwrap();
    let _ = write(&version(1), &out, false).unwrap();
    assert!(is(&out, &version(1)));
}

#[test]
fn no_flag_removes_a_repository_or_the_working_folder() {
    let (_parent, out) = out();
    fs::create_dir_all(out.join(".git")).unwrap();
    assert!(matches!(write(&version(1), &out, true), Err(WriteError::Repository(_))));
    for above in [".", "..", "/"] {
        assert!(matches!(write(&version(1), Path::new(above), true), Err(WriteError::WorkingFolder(_))), "{above}");
    }
}

#[test]
fn a_file_is_not_replaced() {
    let (_parent, out) = out();
    fs::write(&out, "x").unwrap();
    assert!(matches!(write(&version(1), &out, true), Err(WriteError::Read(ReadError::NotAFolder(_)))));
    assert_eq!(fs::read(&out).unwrap(), b"x");
}

#[test]
fn a_link_to_the_output_folder_stays_a_link() {
    let (parent, out) = out();
    symlink("real/tree", &out).unwrap();
    for number in [1, 2] {
        let _ = write(&version(number), &out, false).unwrap();
        assert!(fs::symlink_metadata(&out).unwrap().is_symlink());
        assert!(is(&parent.path().join("real/tree"), &version(number)));
    }
    assert_eq!(names(&parent.path().join("real")), ["tree"]);
}

#[test]
fn only_leftovers_that_are_surely_ours_are_removed() {
    let (parent, out) = out();
    let folder = |name: &str| fs::create_dir(parent.path().join(name)).unwrap();
    let others =
        [".out.inuretech-12345", ".out.inuretech-123456-new", ".out.inuretech-12.456", ".other.inuretech-123456", ".out"];
    others.into_iter().chain([".out.inuretech-abcDE1", ".out.inuretech-abcDE2", ".out.inuretech-abcDE3-old"]).for_each(folder);
    fs::write(parent.path().join(".out.inuretech-aFile1"), "").unwrap();
    let living = lock_folder(&parent.path().join(".out.inuretech-abcDE2")).unwrap();
    fs::create_dir(&out).unwrap();
    let _ = write(&version(1), &out, false).unwrap();
    drop(living);
    let mut kept = others.to_vec();
    kept.extend([".out.inuretech-abcDE2", ".out.inuretech-aFile1", "out"]);
    kept.sort_unstable();
    assert_eq!(names(parent.path()), kept);
}

/// Not a test of its own: what the killed child of the tests below runs. It writes one version after the other.
#[test]
fn child() {
    let Ok(out) = env::var("INURETECH_TEST_OUT").map(PathBuf::from) else { return };
    let number = |name: &str| env::var(name).unwrap().parse::<usize>().unwrap();
    let (first, rounds, moment) =
        (number("INURETECH_TEST_FIRST"), number("INURETECH_TEST_ROUNDS"), env::var("INURETECH_TEST_STEP").unwrap());
    let exchange = if env::var_os("INURETECH_TEST_PLAIN").is_some() { unsupported } else { exchange };
    let after = |step: Step| {
        if format!("{step:?}") == moment {
            std::process::abort();
        }
    };
    for round in 0..rounds {
        let _ = write_with(&version(first + round), &out, false, &Seams { exchange, after: &after }).unwrap();
    }
}

fn child_command(out: &Path, first: usize, rounds: usize, step: &str) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args([CHILD, "--exact"]).stdout(Stdio::null()).stderr(Stdio::null()).env("INURETECH_TEST_OUT", out);
    command.env("INURETECH_TEST_FIRST", first.to_string()).env("INURETECH_TEST_ROUNDS", rounds.to_string());
    command.env("INURETECH_TEST_STEP", step);
    command
}

#[test]
fn a_death_at_any_step_leaves_the_old_tree_or_the_new_one() {
    let before = [Step::Prepared, Step::HalfWritten, Step::Written];
    for (step, plain) in before.into_iter().chain([Step::Swapped, Step::Removed]).flat_map(|step| [(step, false), (step, true)]) {
        let (parent, out) = out();
        let _ = write(&version(1), &out, false).unwrap();
        let mut command = child_command(&out, 2, 1, &format!("{step:?}"));
        if plain {
            command.env("INURETECH_TEST_PLAIN", "1");
        }
        assert!(!command.status().unwrap().success(), "{step:?} was never reached");
        assert!(is(&out, &version(if before.contains(&step) { 1 } else { 2 })), "after {step:?}, plain: {plain}");
        let _ = write(&version(3), &out, false).unwrap();
        assert!(is(&out, &version(3)));
        assert_eq!(names(parent.path()), ["out"], "after {step:?}, plain: {plain}");
    }
}

#[test]
fn a_death_between_two_plain_renames_is_repaired_by_the_next_run() {
    let (parent, out) = out();
    let _ = write(&version(1), &out, false).unwrap();
    let mut command = child_command(&out, 2, 1, "MovedAside");
    assert!(!command.env("INURETECH_TEST_PLAIN", "1").status().unwrap().success());
    assert!(!out.exists());
    Place::of(&out).unwrap().clean().unwrap();
    assert!(is(&out, &version(1)));
    let _ = write(&version(2), &out, false).unwrap();
    assert_eq!(names(parent.path()), ["out"]);
}

#[test]
fn a_kill_at_any_moment_leaves_one_whole_tree() {
    for round in 0..20 {
        let (parent, out) = out();
        let _ = write(&version(0), &out, false).unwrap();
        let mut child = child_command(&out, 1, 10_000, "").spawn().unwrap();
        let started = Instant::now();
        let says = || fs::read_to_string(out.join("hosts/0/etc/file-0")).unwrap_or_default();
        while says() == "version 0\n" && started.elapsed() < Duration::from_secs(10) {
            thread::sleep(Duration::from_millis(1));
        }
        thread::sleep(Duration::from_micros(937 * round));
        child.kill().unwrap();
        child.wait().unwrap();
        let number: usize = says().trim_start_matches("version ").trim().parse().unwrap();
        assert!(number > 0 && is(&out, &version(number)), "a mix around version {number}");
        let _ = write(&version(0), &out, false).unwrap();
        assert_eq!(names(parent.path()), ["out"]);
    }
}
