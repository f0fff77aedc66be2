//! A sweep in parts on several machines, joined to the bytes of one run; and what is not joined.

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use serde_json::Value;
use support::{Bench, CELLS, TINY, files, flat, std_lab, stderr, stdout};

/// Everything that a run leaves and that is the same in every run, by its place below the folder.
fn results(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let noisy = ["timings.csv", "checksums.txt", "provenance.json"];
    let all = files(folder).into_iter().map(|(path, bytes)| (path.strip_prefix(folder).unwrap().to_owned(), bytes));
    all.filter(|(path, _)| path.components().count() == 1 && !noisy.iter().any(|name| path == Path::new(name)))
        .collect()
}

/// Runs all shards of the bench's experiment into folders `1`, `2`, …; their paths.
fn shards(bench: &Bench, n: usize, more: &[&str]) -> Vec<PathBuf> {
    let run = |k: usize| {
        let shard = format!("{k}/{n}");
        bench.finish(&k.to_string(), &[&["--shard", &shard], more].concat());
        bench.path(&k.to_string())
    };
    (1..=n).map(run).collect()
}

fn merge(folders: &[PathBuf], out: &Path) -> Output {
    std_lab().arg("merge").args(folders).arg("--out").arg(out).output().unwrap()
}

fn merged(folders: &[PathBuf], out: &Path) {
    let output = merge(folders, out);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
}

/// Ends with a code, says some words, and makes nothing.
fn refused(folders: &[PathBuf], code: i32, words: &[&str]) {
    let nowhere = tempfile::tempdir().unwrap();
    let out = nowhere.path().join("out");
    let output = merge(folders, &out);
    let said = flat(&(stdout(&output) + &stderr(&output)));
    assert_eq!(output.status.code(), Some(code), "{said}");
    words.iter().for_each(|word| assert!(said.contains(word), "`{word}` is not in: {said}"));
    assert!(!out.exists(), "nothing was written");
}

#[test]
fn merged_shards_are_the_run_to_the_byte() {
    let bench = Bench::new();
    bench.finish("whole", &[]);
    let folders = shards(&bench, 3, &[]);
    let cells: usize = ["1", "2", "3"].iter().map(|k| bench.cells(k).len()).sum();
    assert_eq!(cells, CELLS, "no cell is in two shards");
    assert!(results(&folders[0]).is_empty(), "a shard has no scores of its own");
    let out = bench.path("merged");
    merged(&folders, &out);
    assert_eq!(results(&out), results(&bench.path("whole")));
    assert!(results(&out).len() >= 4, "scores, settings, a figure in two forms");
    let provenance: Value = serde_json::from_slice(&fs::read(out.join("provenance.json")).unwrap()).unwrap();
    assert_eq!((&provenance["merged_folders"], &provenance["cells"]), (&3.into(), &CELLS.into()));
    // Again, in another order, with one twice, and with the result itself: the same.
    let before = files(&out);
    let again = [&folders[2..], &folders[..2], &folders[..1], std::slice::from_ref(&out)].concat();
    merged(&again, &out);
    assert_eq!(files(&out), before);
    let said = stderr(&bench.finish("merged", &[]));
    assert!(said.contains(&format!("0 cells to run, {CELLS} were finished before")), "{said}");
}

/// Probes of models that are trained in the same sweep, and of those of another experiment: the latter are found again, too.
#[test]
fn probes_and_the_models_they_look_at_are_merged() {
    for (name, n) in [("wiring", 2), ("reach", 3)] {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let run = |out: &str, more: &[&str]| {
            let output = std_lab().args(["run", name, "--smoke", "--out"]).arg(at(out)).args(more).output().unwrap();
            assert_eq!(output.status.code(), Some(0), "{name} {more:?}: {}", stderr(&output));
            stderr(&output)
        };
        run("whole", &[]);
        let each = (1..=n).map(|k| {
            run(&k.to_string(), &["--shard", &format!("{k}/{n}")]);
            at(&k.to_string())
        });
        merged(&each.collect::<Vec<_>>(), &at("merged"));
        assert_eq!(results(&at("merged")), results(&at("whole")), "{name}");
        assert!(results(&at("merged")).contains_key(Path::new("maps.csv")));
        let said = run("merged", &[]);
        assert_eq!(said.matches("cells to run").count(), said.matches("0 cells to run,").count(), "{said}");
    }
}

#[test]
fn shards_have_usual_folders_below_the_results() {
    let root = tempfile::tempdir().unwrap();
    fs::create_dir(root.path().join("experiments")).unwrap();
    fs::write(root.path().join("experiments/tiny.toml"), TINY).unwrap();
    let lab = |shard: &str, arguments: &[&str]| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_lab"));
        command.env_remove("LAB_ROOT").env("LAB_SHARD", shard).current_dir(root.path()).args(arguments);
        command.output().unwrap()
    };
    let first = lab("1/2", &["run", "tiny"]);
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    let next = "When all 2 shards are finished: lab merge results/tiny/shards/*";
    assert!(stdout(&first).contains(next), "{}", stdout(&first));
    let dry = lab("2/2", &["run", "tiny", "--dry-run", "--json"]);
    let plan: Value = serde_json::from_slice(&dry.stdout).unwrap();
    assert_eq!((&plan["cells"], &plan["finished"]), (&(CELLS / 2).into(), &0.into()));
    let (one, two) = ("results/tiny/shards/1-of-2", "results/tiny/shards/2-of-2");

    let early = lab("1/1", &["merge", one]);
    assert_eq!(early.status.code(), Some(3), "{}", stderr(&early));
    let said = stdout(&early);
    assert!(said.contains("12 of 24 cells of tiny are missing, and nothing was written"), "{said}");
    assert_eq!(said.matches("(shard 2/2)").count(), 12, "{said}");
    assert!(!root.path().join("results/tiny/scores.csv").exists());

    assert_eq!(lab("2/2", &["run", "tiny"]).status.code(), Some(0));
    let done = lab("1/1", &["merge", one, two]);
    assert_eq!(done.status.code(), Some(0), "{}", stderr(&done));
    assert!(root.path().join("results/tiny/copy-at-lag.svg").exists());
    assert_eq!(lab("1/1", &["check"]).status.code(), Some(0));
    // A folder of whole results says where its shards are only if it has no cells itself.
    fs::remove_dir_all(root.path().join("results/tiny/cells")).unwrap();
    let above = lab("1/1", &["merge", "results/tiny"]);
    assert!(flat(&stderr(&above)).contains("give its shards: results/tiny/shards/*"), "{}", stderr(&above));
}

#[test]
fn more_shards_than_models_leave_some_empty() {
    let bench = Bench::new();
    let said = stdout(&bench.finish("last", &["--shard", "25/25"]));
    assert!(said.contains("shard 25/25 of tiny has no cells"), "{said}");
    bench.finish("first", &["--shard", "1/1"]);
    merged(&[bench.path("last"), bench.path("first")], &bench.path("merged"));
    bench.finish("whole", &[]);
    assert_eq!(results(&bench.path("merged")), results(&bench.path("whole")));
}

#[test]
fn what_is_no_shard_is_refused() {
    let bench = Bench::new();
    for (spec, words) in [
        ("0/4", "there is no shard 0 of 4; choose 1/4 to 4/4"),
        ("5/4", "choose 1/4 to 4/4"),
        ("x/4", "write k/n"),
        ("4", "write k/n"),
        ("1/65537", "choose 65536 or fewer"),
        ("1/99999999999999999999", "choose 65536 or fewer"),
    ] {
        let mut by_environment = bench.run("out", &[]);
        by_environment.env("LAB_SHARD", spec);
        for mut command in [bench.run("out", &["--shard", spec]), by_environment] {
            let output = command.output().unwrap();
            assert_eq!(output.status.code(), Some(2), "{spec}");
            assert!(stderr(&output).contains(words), "{spec}: {}", stderr(&output));
        }
    }
    assert!(!bench.path("out").exists());
    bench.finish("out", &["--shard", "1/24"]);
    let second = bench.run("out", &["--shard", "2/24"]).output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    let said = flat(&stderr(&second));
    assert!(said.contains("holds shard 1/24 of tiny, quick profile, and would get shard 2/24"), "{said}");
}

#[test]
fn only_folders_of_one_sweep_are_merged() {
    let bench = Bench::new();
    let folders = shards(&bench, 2, &[]);
    let other = |name: &str, more: &[&str]| {
        bench.finish(name, &[&["--shard", "1/2"], more].concat());
        bench.path(name)
    };
    for (name, more, words) in [
        ("longer", &["training.steps=7"][..], "overrides none, and training.steps=7"),
        ("narrow", &["--layers", "conv"], "layers all, and conv"),
        ("seeds", &["--seeds", "1"], "number of seeds as in the file, and 1"),
    ] {
        let other = other(name, more);
        let (one, two) = (folders[0].display().to_string(), other.display().to_string());
        refused(&[folders[0].clone(), other], 2, &["are of different sweeps", words, &one, &two]);
    }
    let elsewhere = bench.path("elsewhere");
    let smoke =
        std_lab().args(["run", "wiring", "--smoke", "--shard", "1/99", "--out"]).arg(&elsewhere).output().unwrap();
    assert_eq!(smoke.status.code(), Some(0), "{}", stderr(&smoke));
    refused(&[folders[0].clone(), elsewhere], 2, &["experiment tiny, and wiring"]);

    refused(&[bench.path("nowhere")], 2, &["there is no folder", "--shard K/N"]);
    fs::create_dir_all(bench.path("empty")).unwrap();
    refused(&[folders[0].clone(), bench.path("empty")], 2, &["empty holds no cells"]);
    let manifest = folders[1].join("cells/sweep.toml");
    let whole = fs::read_to_string(&manifest).unwrap();
    fs::write(&manifest, &whole[..whole.len() / 2]).unwrap();
    refused(&folders, 2, &["sweep.toml is damaged", "run that shard again"]);
    fs::write(&manifest, whole.replace("shard = \"2/2\"", "shard = \"3/2\"")).unwrap();
    refused(&folders, 2, &["sweep.toml is damaged", "there is no shard 3 of 2"]);
    // Without it, a folder is as good as its cells, as long as another one says of which sweep they are.
    fs::remove_file(&manifest).unwrap();
    refused(&folders[1..], 2, &["nothing says which sweep"]);
    merged(&folders, &bench.path("merged"));

    fs::write(bench.path("tiny.toml"), TINY.replace("steps = 6", "steps = 8")).unwrap();
    refused(&folders[..1], 2, &["the settings of tiny have changed"]);
    // What is only shown may change; the cells are the same.
    fs::write(bench.path("tiny.toml"), TINY.replace("Fixed lag", "Another title")).unwrap();
    merged(&folders, &bench.path("again"));
    fs::rename(bench.path("tiny.toml"), bench.path("moved.toml")).unwrap();
    refused(&folders[..1], 2, &["tiny.toml, which is not there", "--experiment"]);
}

/// Cells are named after the set that they were run on, and are joined wherever that is known; two sets are two sweeps.
#[test]
fn sets_of_instructions_are_not_mixed() {
    let bench = Bench::new();
    let run = |out: &str, more: &[&str]| {
        let output = bench.run(out, more).env("LAB_ISA", "portable").output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        bench.path(out)
    };
    let folders = [run("1", &["--shard", "1/2"]), run("2", &["--shard", "2/2"])];
    merged(&folders, &bench.path("merged"));
    assert_eq!(results(&bench.path("merged")), results(&run("whole", &[])));
    let provenance: Value = serde_json::from_slice(&fs::read(bench.path("merged/provenance.json")).unwrap()).unwrap();
    assert_eq!(provenance["instruction_set"], "portable");
    if kernels::isa::in_use().name() != "portable" {
        bench.finish("fast", &["--shard", "2/2"]);
        refused(&[folders[0].clone(), bench.path("fast")], 2, &["instruction set portable, and"]);
    }
}

/// Rewrites a finished cell as a run would have that found something else.
fn forge(cell: &Path, change: impl Fn(&str) -> String) {
    let text = fs::read_to_string(cell).unwrap();
    let body = change(text.split_once('\n').unwrap().1);
    fs::write(cell, format!("{}\n{body}", &blake3::hash(body.as_bytes()).to_hex()[..32])).unwrap();
}

#[test]
fn cells_that_overlap_are_equal_or_an_error_that_names_both() {
    let bench = Bench::new();
    let halves = shards(&bench, 2, &[]);
    bench.finish("whole", &[]);
    let all = [halves.clone(), vec![bench.path("whole")]].concat();
    merged(&all, &bench.path("merged"));
    assert_eq!(results(&bench.path("merged")), results(&bench.path("whole")));
    // Another time is no other outcome; another loss is.
    let cell = bench.cells("1")[0].clone();
    forge(&cell, |body| body.replace("\"seconds\":", "\"seconds\":1"));
    merged(&all, &bench.path("later"));
    forge(&cell, |body| body.replace("\"loss\":", "\"loss\":1"));
    let twin = bench.path("whole/cells").join(cell.file_name().unwrap());
    let names = [cell.display().to_string(), twin.display().to_string()];
    refused(&all, 1, &["are the same cell with another outcome", &names[0], &names[1]]);
    // What stands in the target counts as well.
    let output = merge(&halves, &bench.path("whole"));
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
}

#[test]
fn damaged_cells_and_those_of_another_sweep_are_named_and_left_out() {
    let bench = Bench::new();
    let folders = shards(&bench, 2, &[]);
    let cells = bench.cells("1");
    let whole = fs::read(&cells[0]).unwrap();
    fs::write(&cells[0], &whole[..whole.len() / 2]).unwrap();
    refused(
        &folders,
        3,
        &["is damaged", "1 of 24 cells of tiny are missing", "(shard 1/2)", "run shard 1/2 as the others"],
    );
    // Whole in another folder, it is not missed.
    fs::create_dir_all(bench.path("spare/cells")).unwrap();
    fs::write(bench.path("spare/cells").join(cells[0].file_name().unwrap()), &whole).unwrap();
    let weights = cells[0].with_extension("safetensors");
    fs::copy(&weights, bench.path("spare/cells").join(weights.file_name().unwrap())).unwrap();
    fs::copy(&cells[1], folders[1].join("cells/0123456789abcdef01234567.json")).unwrap();
    let output = merge(&[folders.clone(), vec![bench.path("spare")]].concat(), &bench.path("merged"));
    let said = stderr(&output);
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(
        said.contains("not of this sweep, and left out") && said.contains("0123456789abcdef01234567.json"),
        "{said}"
    );
    assert_eq!(bench.cells("merged").len(), CELLS);
    bench.finish("whole", &[]);
    assert_eq!(results(&bench.path("merged")), results(&bench.path("whole")));
}

#[test]
fn a_shard_can_be_what_is_merged_into() {
    let bench = Bench::new();
    let folders = shards(&bench, 3, &[]);
    merged(&folders, &folders[1]);
    bench.finish("whole", &[]);
    assert_eq!(results(&folders[1]), results(&bench.path("whole")));
    merged(&folders, &folders[1]);
    let said = stderr(&bench.finish("2", &[]));
    assert!(said.contains("0 cells to run"), "{said}");
    // Divisions may be mixed: what is there is there.
    bench.finish("half", &["--shard", "1/2"]);
    merged(&[folders[0].clone(), folders[2].clone(), bench.path("half"), folders[1].clone()], &bench.path("mixed"));
    assert_eq!(results(&bench.path("mixed")), results(&bench.path("whole")));
}
