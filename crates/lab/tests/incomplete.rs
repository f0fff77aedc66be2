//! Results that are not all there, or not what they were: named, listed, marked in the figure, and never drawn as if whole.

mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use support::{TINY, flat, std_lab, stderr, stdout};

/// A workspace with one experiment and its results.
struct Root(tempfile::TempDir);

impl Root {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("experiments")).unwrap();
        fs::write(root.path().join("experiments/tiny.toml"), TINY).unwrap();
        fs::write(root.path().join("README.md"), "Nothing to splice.\n").unwrap();
        let root = Self(root);
        assert_eq!(root.lab(&["run", "tiny"]).status.code(), Some(0));
        root
    }

    fn lab(&self, arguments: &[&str]) -> Output {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_lab"));
        command.env_remove("LAB_ROOT").env_remove("RUST_BACKTRACE");
        command.arg("--root").arg(self.0.path()).args(arguments).output().unwrap()
    }

    fn results(&self) -> PathBuf {
        self.0.path().join("results/tiny")
    }

    /// Rewrites scores.csv.
    fn edit(&self, change: impl Fn(&str) -> String) {
        let path = self.results().join("scores.csv");
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, change(&text)).unwrap();
    }
}

fn without(text: &str, gone: impl Fn(&str) -> bool) -> String {
    text.lines().filter(|line| !gone(line)).map(|line| format!("{line}\n")).collect()
}

fn figure(root: &Root) -> String {
    fs::read_to_string(root.results().join("copy-at-lag.svg")).unwrap()
}

#[test]
fn a_missing_cell_is_listed_and_marked_and_ends_with_3() {
    let root = Root::new();
    assert_eq!(root.lab(&["report"]).status.code(), Some(0));
    assert!(!figure(&root).contains("incomplete"));
    // All of one cell: seed 1 of conv at lag 15.
    root.edit(|text| {
        without(text, |line| line.contains(",conv,") && line.contains("copy-at-lag") && line.contains(",1,16,,15,"))
    });
    let report = root.lab(&["report"]);
    assert_eq!(report.status.code(), Some(3), "{}", stdout(&report));
    assert!(stdout(&report).contains("1 of 24 cells are missing"), "{}", stdout(&report));
    assert!(stdout(&report).contains("copy-at-lag lag=15 n=16, conv, seed 1"), "{}", stdout(&report));
    assert!(figure(&root).contains("incomplete: no results of copy-at-lag lag=15 n=16, conv, seed 1"));
    let page = fs::read_to_string(root.0.path().join("results/report.html")).unwrap();
    assert!(page.contains("copy-at-lag lag=15 n=16, conv, seed 1"));
    assert_eq!(root.lab(&["check"]).status.code(), Some(3));
    // The cells are still there: another run mends it.
    assert_eq!(root.lab(&["run", "tiny"]).status.code(), Some(0));
    assert_eq!(root.lab(&["report"]).status.code(), Some(0));
    assert!(!figure(&root).contains("incomplete"));
}

#[test]
fn files_that_are_not_what_was_written_are_refused_by_line() {
    let root = Root::new();
    let whole = fs::read_to_string(root.results().join("scores.csv")).unwrap();
    let cut = whole[..whole.len() - 9].to_owned();
    let old = whole.replacen(",expected,", ",", 1);
    let header = whole.lines().next().unwrap().to_owned() + "\n";
    let line = whole.lines().position(|line| line.contains(",loss,")).unwrap();
    let value = whole.lines().nth(line).unwrap().split(',').nth(15).unwrap();
    let nan = without(&whole, |_| false).replacen(&format!(",loss,{value},"), ",loss,NaN,", 1);
    for (text, words) in [
        (cut, "cut short"),
        (old, "another version of the lab"),
        (nan, "not a finite number"),
        (header, "cells are missing"),
        (String::new(), "missing columns"),
    ] {
        root.edit(|_| text.clone());
        for arguments in [&["report"][..], &["check"], &["report", "--check"]] {
            let output = root.lab(arguments);
            let said = flat(&(stdout(&output) + &stderr(&output)));
            // Figures that cannot be made again are out of date as well.
            let code = output.status.code();
            assert!(code == Some(3), "{arguments:?}, {words}: {code:?}: {said}");
            assert!(said.contains(words), "{arguments:?}: `{words}` is not in: {said}");
        }
        fs::write(root.results().join("scores.csv"), &whole).unwrap();
    }
}

/// Every cell still has a row, and yet it is not what was measured.
#[test]
fn a_file_that_was_edited_is_named() {
    let root = Root::new();
    let whole = fs::read_to_string(root.results().join("scores.csv")).unwrap();
    let doubled = whole.clone() + whole.lines().last().unwrap() + "\n";
    let thinned = without(&whole, |line| line.contains(",loss,"));
    for text in [doubled, thinned] {
        root.edit(|_| text.clone());
        for arguments in [&["check"][..], &["report"], &["plot", "tiny"]] {
            let output = root.lab(arguments);
            assert_eq!(output.status.code(), Some(3), "{arguments:?}: {}{}", stdout(&output), stderr(&output));
            assert!(stdout(&output).contains("scores.csv is not what its run wrote"), "{}", stdout(&output));
        }
        root.edit(|_| whole.clone());
    }
}

fn compare(a: &Path, b: &Path, more: &[&str]) -> Output {
    std_lab().arg("compare").arg(a).arg(b).args(more).output().unwrap()
}

#[test]
fn two_runs_are_compared_number_by_number() {
    let root = Root::new();
    let [one, two] = ["one", "two"].map(|name| root.0.path().join(name));
    let run = |out: &Path, more: &[&str]| {
        let out = out.to_str().unwrap();
        assert_eq!(root.lab(&[&["run", "tiny", "--out", out], more].concat()).status.code(), Some(0));
    };
    run(&one, &[]);
    run(&two, &["training.steps=40"]);
    let same = compare(&one, &root.results(), &[]);
    assert_eq!(same.status.code(), Some(0));
    assert!(stdout(&same).contains("0 that differ") && !stdout(&same).contains('│'), "{}", stdout(&same));
    let other = stdout(&compare(&one, &two, &["--format", "json"]));
    let told: serde_json::Value = serde_json::from_str(&other).unwrap();
    let lines = told["lines"].as_array().unwrap();
    let steps: Vec<_> = lines.iter().filter(|line| line["number"] == "steps").collect();
    assert!(!steps.is_empty() && steps.iter().all(|line| line["verdict"] == "B is higher"), "{other}");
    assert!(lines.iter().any(|line| line["verdict"] == "no clear difference"), "{other}");
}

#[test]
fn what_cannot_be_compared_is_refused() {
    let root = Root::new();
    let nowhere = root.0.path().join("nowhere");
    assert_eq!(compare(&root.results(), &nowhere, &[]).status.code(), Some(2));
    let empty = root.0.path().join("experiments");
    let output = compare(&root.results(), &empty, &[]);
    assert_eq!(output.status.code(), Some(3));
    assert!(stderr(&output).contains("does not exist"), "{}", stderr(&output));
}
