//! What comes from elsewhere stays text and stays in its place: on pages and in figures, on a terminal, and in the file system.

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;

use support::{Bench, TINY, flat, std_lab, stderr, stdout};

/// Texts that mean something in HTML, SVG, Markdown or JSON.
const HOSTILE: [&str; 5] = [
    "<img src=x onerror=alert(1)>",
    "\"]]></script><script>alert(2)</script>",
    "[x](javascript:alert(3))",
    "<!--",
    "&lt;a|b`c",
];

/// The tiny experiment with these labels, titles and claims, in a workspace of its own.
fn hostile() -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("experiments")).unwrap();
    let quoted = HOSTILE.map(|text| toml::Value::String(text.to_owned()).to_string());
    let mut settings = TINY.replace("\"Fixed lag\"", &quoted[1]).replace("\"Does the machinery hold?\"", &quoted[0]);
    for (label, text) in
        ["\"none\"\nlayer", "\"line, over time\"\nlayer", "\"conv\"\nlayer", "\"attention, rotary\"\nlayer"]
            .iter()
            .zip(&quoted)
    {
        settings = settings.replacen(&format!("label = {label}"), &format!("label = {text}\nlayer"), 1);
    }
    settings += &format!(
        "[[claims]]\nid = {}\ntext = {}\ntask = \"copy-at-lag\"\nlayers = [{}]\nat_most = 1.0\n",
        quoted[3], quoted[2], quoted[1]
    );
    fs::write(root.path().join("experiments/evil.toml"), settings).unwrap();
    let blocks =
        ["evil/claims", "evil/copy-at-lag"].map(|name| format!("<!-- lab:begin {name} -->\n<!-- lab:end {name} -->\n"));
    fs::write(root.path().join("README.md"), blocks.concat()).unwrap();
    root
}

fn lab_in(root: &Path, arguments: &[&str]) -> Output {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_lab"));
    command.env("LAB_ROOT", root).current_dir(root).args(arguments).output().unwrap()
}

#[test]
fn texts_of_data_are_never_markup() {
    let root = hostile();
    let run = lab_in(root.path(), &["run", "evil", "--quiet"]);
    assert_eq!(run.status.code(), Some(0), "{}", stderr(&run));
    let report = lab_in(root.path(), &["report"]);
    assert_eq!(report.status.code(), Some(0), "{}", stderr(&report));
    let read = |name: &str| fs::read_to_string(root.path().join(name)).unwrap();
    let page = read("results/report.html");
    let svg = read("results/evil/copy-at-lag.svg");
    let readme = read("README.md");
    for (what, text) in [("page", &page), ("figure", &svg), ("README", &readme)] {
        for mark in ["<img", "<script>alert", "](javascript"] {
            let found = text.find(mark).filter(|_| mark != "](javascript" || what == "README");
            assert_eq!(
                found,
                None,
                "{mark} stands in the {what}: {}",
                &text[found.unwrap_or(0)..][..80.min(text.len())]
            );
        }
        assert!(
            text.contains("&lt;img src=x onerror=alert(1)&gt;") || text.contains("&lt;img src=x onerror=alert(1)>"),
            "{what}"
        );
    }
    // What the page brings itself: one script, and no way to load another.
    assert_eq!(page.matches("<script").count(), 1);
    assert!(readme.contains("[x]\\(javascript:alert(3))") && readme.matches("<!--").count() == 4, "{readme}");
    assert_eq!(lab_in(root.path(), &["report", "--check"]).status.code(), Some(0), "and can be made again");
}

/// Control characters and those that turn text around are refused in settings, and never printed from anywhere.
#[test]
fn a_terminal_is_told_nothing_by_data() {
    let bench = Bench::new();
    let refuses = |from: &str, to: &str| {
        fs::write(bench.path("tiny.toml"), TINY.replace(from, to)).unwrap();
        let output = bench.run("out", &[]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{to}: {}", stdout(&output));
        let said = stderr(&output);
        assert!(!said.contains(['\u{1b}', '\u{9b}', '\u{202e}', '\u{7}']), "{to}: {said:?}");
        assert!(!bench.path("out").exists(), "{to} made files");
        flat(&said)
    };
    for (from, to) in [
        ("\"conv\"\nlayer", "\"\\u001b[31mconv\"\nlayer"),
        ("\"Fixed lag\"", "\"\\u202egal dexif\""),
        ("\"Does the machinery hold?\"", "\"\\u009b31m\""),
        ("[[figures]]", "[[figures]]\n\"\\u0007\" = 1"),
    ] {
        assert!(refuses(from, to).contains("holds a control character"), "{to}");
    }
    // Raw, it is no TOML, or quoted in what is said of another fault.
    refuses("\"conv\"\nlayer", "\"\u{1b}[31mconv\"\nlayer");
    refuses("kind = \"accuracy-by-lag\"", "kind = \"\u{202e}\"");
    // CSV is read back from a folder that may come from elsewhere.
    fs::write(bench.path("tiny.toml"), TINY).unwrap();
    bench.finish("out", &["--quiet"]);
    let scores = bench.path("out/scores.csv");
    fs::write(&scores, fs::read_to_string(&scores).unwrap().replacen(",conv,", ",\u{1b}[2Jconv,", 1)).unwrap();
    let plot = std_lab().arg("plot").arg(bench.path("tiny.toml")).arg("--out").arg(bench.path("out")).output().unwrap();
    assert_eq!(plot.status.code(), Some(3));
    assert!(flat(&stderr(&plot)).contains("?[2Jconv") && !stderr(&plot).contains('\u{1b}'), "{}", stderr(&plot));
}

/// A name is a folder of its own below `results`, and an experiment that trains models is one of `experiments`.
#[test]
fn names_lead_nowhere_else() {
    let root = hostile();
    let refused = |arguments: &[&str], says: &str| {
        let output = lab_in(root.path(), arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {}", stdout(&output));
        assert!(flat(&stderr(&output)).contains(says), "{arguments:?}: {}", stderr(&output));
        assert!(!root.path().join("results").exists(), "{arguments:?} made files");
    };
    for name in ["...toml", "<b>.toml", "-x.toml", "a\u{1b}.toml"] {
        fs::write(root.path().join(name), TINY).unwrap();
        refused(&["run", &format!("./{name}")], "cannot be the name of an experiment");
    }
    for id in ["../escape", "a/b", "", "..", "a\\u0000b"] {
        let settings = TINY.replace("id = \"copy-at-lag\"", &format!("id = \"{id}\""));
        fs::write(root.path().join("other.toml"), settings).unwrap();
        refused(
            &["run", "other.toml"],
            if id.contains("u0000") { "control character" } else { "cannot be a file name" },
        );
    }
    let probe = |trained: &str| {
        let text = include_str!("../../../fuzz/seeds/reach.toml");
        let text = text.replace("[model]", &format!("[trained]\nexperiment = \"{trained}\"\ntask = \"t\"\n[model]"));
        fs::write(root.path().join("experiments/looks.toml"), text).unwrap();
    };
    for outside in ["../outside.toml", "/etc/passwd", "./other.toml"] {
        probe(outside);
        refused(&["run", "looks"], "there is no experiment");
    }
    // One that names itself would be read for ever.
    probe("looks");
    refused(&["run", "looks"], "trains nothing");
}

/// What is said of a fault has room on a screen, and is not what fails.
#[test]
fn files_that_no_screen_could_hold_are_refused_in_a_few_words() {
    let bench = Bench::new();
    let long = "x".repeat(70_000);
    for (text, says) in [
        (TINY.replace("question = \"", &format!("question = {long} \"")), "this is not TOML"),
        (TINY.replace("kind = ", &format!("\"{long}\" = 1\nkind = ")), "unknown field"),
        (
            TINY.replace("question = \"", &format!("question = \"{}", long.repeat(60))),
            "an experiment has at most 4194304",
        ),
    ] {
        fs::write(bench.path("tiny.toml"), text).unwrap();
        let output = bench.run("out", &[]).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{says}");
        assert!(flat(&stderr(&output)).contains(says) && !bench.path("out").exists(), "{says}");
    }
}

/// Results replace a link by a file; what the link led to stays as it was.
#[cfg(unix)]
#[test]
fn links_among_results_are_replaced_and_never_written_through() {
    let bench = Bench::new();
    let precious = bench.path("precious");
    fs::write(&precious, "precious").unwrap();
    fs::create_dir_all(bench.path("out/cells")).unwrap();
    let names = ["scores.csv", "settings.toml", "copy-at-lag.svg", "copy-at-lag.png", "checksums.txt", "cells/.lock"];
    for name in names {
        std::os::unix::fs::symlink(&precious, bench.path("out").join(name)).unwrap();
    }
    bench.finish("out", &["--quiet"]);
    assert_eq!(fs::read_to_string(&precious).unwrap(), "precious");
    for name in names {
        let path = bench.path("out").join(name);
        assert!(fs::symlink_metadata(&path).unwrap().is_file(), "{name} is a file now");
    }
}
