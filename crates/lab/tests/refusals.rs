//! What cannot be run is refused with exit code 2, a message that names the thing and the way out, and no file made.

mod support;

use std::fs;
use std::process::Output;

use support::{Bench, TINY, flat, lab, std_lab, stderr};

/// Runs it into a folder that does not exist, and holds that it still does not.
fn refused(bench: &Bench, arguments: &[&str], says: &[&str]) {
    let output = bench.run("out", arguments).output().unwrap();
    refused_with(&output, &format!("{arguments:?}"), says);
    assert!(!bench.path("out").exists(), "{arguments:?} made files");
}

fn refused_with(output: &Output, what: &str, says: &[&str]) {
    let said = flat(&stderr(output));
    assert_eq!(output.status.code(), Some(2), "{what}: {said}");
    for text in says {
        assert!(said.contains(text), "{what}: `{text}` is not in: {said}");
    }
}

#[test]
fn unknown_names_are_answered_with_the_nearest() {
    let bench = Bench::new();
    for (arguments, says) in [
        (&["layers.conv.layer=covn"][..], &["there is no layer `covn`", "did you mean `conv`?"][..]),
        (&["tasks.0.name=copy-at-leg"], &["there is no task `copy-at-leg`", "did you mean `copy-at-lag`?"]),
        (&["layers.conv.options.kernal=3"], &["layer `conv`", "unknown field `kernal`", "did you mean `kernel`?"]),
        (&["layers.attention, rotary.options.mask=casual"], &["unknown variant `casual`", "did you mean `causal`?"]),
        (&["tasks.recall-at-lag.kays=3"], &["unknown field `kays`", "did you mean `keys`?"]),
        (&["training.stpes=3"], &["training: unknown field `stpes`", "did you mean `steps`?"]),
        (&["model.positions=sinusoid"], &["model.positions", "unknown variant", "did you mean `sinusoidal`?"]),
        (&["trainig.steps=3"], &["nothing goes by `trainig`", "did you mean `training`?"]),
        (&["layers.cnv.depth=3"], &["nothing goes by `cnv`", "did you mean `conv`?"]),
        (&["stpes"], &["`stpes` is no override", "key=value"]),
        (&["m=3"], &["nothing goes by `m`"]),
        (&["=3"], &["nothing goes by ``"]),
        (&["--layers", "none,covn"], &["the experiment has no `covn`", "did you mean `conv`?"]),
        (&["--layers", "attention, rotory"], &["no `rotory`", "\"attention, rotary\""]),
        (&["--layers", ""], &["the experiment has no ``", "there are:"]),
        (&["--smok"], &["'--smok'", "'--smoke'"]),
        (&["--smoke", "--full"], &["cannot be used with"]),
        (&["--smoke"], &["has no profiles, so no `smoke`", "leave out --smoke"]),
    ] {
        refused(&bench, arguments, says);
    }
    let of = |arguments: &[&str], says: &[&str]| {
        refused_with(&std_lab().args(arguments).output().unwrap(), &format!("{arguments:?}"), says);
    };
    of(&["run", "long-rage"], &["there is no experiment `long-rage`", "did you mean `long-range`?"]);
    of(&["describe", "atention"], &["nothing is called `atention`", "did you mean `attention`?"]);
    of(&["check", "long-rage"], &["did you mean `long-range`?"]);
    of(&["run", "nowhere/x.toml"], &["cannot read nowhere/x.toml", "No such file"]);
    of(&["rum", "long-range"], &["'rum'", "'run'"]);
}

#[test]
fn values_outside_their_range_are_named_with_the_range() {
    let bench = Bench::new();
    let heads = "layers.attention, rotary.options.heads";
    for (arguments, says) in [
        (&[format!("{heads}=3").as_str()][..], &["heads = 3", "width = 8"][..]),
        (&[&format!("{heads}=0")], &["heads = 0"]),
        (&["k=9"], &["k = 9 pairs do not fit", "choose k from 1 to 8"]),
        (&["k=0"], &["k = 0", "choose k from 1 to 8"]),
        (&["layers.conv.options.kernel=0"], &["layer `conv`", "kernel"]),
        (&["n=0"], &["n = 0 is outside 2 … 1048576"]),
        (&["n=1"], &["n = 1 is outside"]),
        (&["n=-1"], &["-1", "`n`"]),
        (&["lag=16"], &["lag = 16", "n = 16", "choose lag < n"]),
        (&["lag=[]"], &["the list `lag` is empty", "lag = [4]"]),
        (&["lag=[3, 3]"], &["two cells of one task, layer, n, k, lag and seed: copy-at-lag lag=3 n=16, none, seed 0"]),
        (&["lag=[[1]]"], &["sequence", "`lag`"]),
        (&["lag=one"], &["\"one\"", "`lag`"]),
        (&["training.learning_rates=[nan]"], &["learning_rates holds NaN", "such as 3e-3"]),
        (&["training.learning_rates=[0.0]"], &["learning_rates holds 0"]),
        (&["training.learning_rates=[-1.0]"], &["learning_rates holds -1"]),
        (&["training.learning_rates=[inf]"], &["learning_rates holds inf"]),
        (&["training.learning_rates=[]"], &["learning_rates is empty"]),
        (&["training.learning_rates=3e-3"], &["training.learning_rates", "expected a sequence"]),
        (&["training.steps=0"], &["training.steps = 0 is out of range", "choose 1 to"]),
        (&["training.steps=abc"], &["training.steps", "\"abc\""]),
        (&["training.batch=0"], &["training.batch = 0"]),
        (&["training.test=0"], &["training.test = 0"]),
        (&["training.clip=nan"], &["training.clip = NaN"]),
        (&["training.solved=2.0"], &["training.solved = 2", "choose 0 to 1"]),
        (&["tasks.recall-at-lag.training.steps=0"], &["training.steps = 0 is out of range"]),
        (&["model.width=0"], &["model.width = 0 is out of range"]),
        (&["model.depth=0"], &["model.depth = 0"]),
        (&["layers=[]"], &["`layers` holds settings"]),
        (&["seeds=0"], &["seeds = 0 is out of range"]),
        (&["--seeds", "0"], &["--seeds 0 is out of range"]),
        (&["--seeds", "-1"], &["'-1'"]),
        (&["--threads", "0"], &["'0'", "--threads"]),
        (&["--threads", "many"], &["'many'", "--threads"]),
        (&["tasks.0.layers=conv"], &["`layers` of a task is no list of labels"]),
        (&["tasks.0.training=fast"], &["`training` of a task is no table"]),
        (&["layers.conv.label="], &["labelled \"\""]),
        (&["layers.conv.label=none"], &["two layers are labelled `none`"]),
    ] {
        refused(&bench, arguments, says);
    }
}

#[test]
fn absurd_sizes_are_refused_before_memory_is_asked_for() {
    let bench = Bench::new();
    for size in ["2147483648", "9223372036854775807", "9223372036854775808", "1e300"] {
        for key in ["model.width", "model.depth", "n", "k", "seeds", "training.batch", "training.steps", "vocabulary"] {
            let key = if key == "vocabulary" { "tasks.copy-at-lag.vocabulary" } else { key };
            let name = key.rsplit('.').next().unwrap();
            refused(&bench, &[&format!("{key}={size}")], &[name]);
        }
    }
    for (arguments, says) in [
        // Each alone is within its range; together they are too much.
        (&["n=1048576"][..], &["line, over time", "2^26", "lower n"][..]),
        (&["n=1048576", "model.width=16384", "model.positions=sinusoidal", "--layers", "none"], &["2^28", "positions"]),
        (&["model.width=4096", "model.depth=1024", "--layers", "conv"], &["layer `conv`", "2^28", "model.depth"]),
        (&["model.width=16384", "tasks.copy-at-lag.vocabulary=65536", "--layers", "none"], &["embedding", "2^28"]),
        (&["n=1048576", "model.width=256", "training.batch=16777216", "--layers", "none"], &["GiB", "training.batch"]),
        (&["seeds=65536"], &["cells", "100000", "lower seeds"]),
        // What a row of layers comes to is known only when they are built, and grows beyond all bounds.
        (&["layers.conv.options.kernel=524288", "model.depth=6"], &["layer `conv`", "more than 2^21 steps together"]),
        (&["layers.conv.options.stride=2", "model.depth=64", "--layers", "conv"], &["more than 2^21 steps together"]),
        (&["layers.conv.layer=window-attention", "layers.conv.options.window=1048576", "model.depth=3"], &["2^21"]),
        (&[&format!("layers.conv.options.dilations={:?}", [1; 65])], &["dilations has 65 entries", "64 are the most"]),
        (&["layers.conv.layer=transformer", "layers.conv.options.depth=65535"], &["depth = 65535", "1024"]),
        (
            &[&format!("tasks.0.as={}", "{n}".repeat(60)), "n=1048576"],
            &["`as` of a task gives the name", "which is none"],
        ),
        (&[&format!("layers.conv.label={}", "x".repeat(300))], &["at most 200 letters"]),
    ] {
        refused(&bench, arguments, says);
    }
}

#[test]
fn a_folder_that_cannot_be_written_is_refused_before_anything_runs() {
    let bench = Bench::new();
    fs::write(bench.path("file"), "mine").unwrap();
    let output = bench.run("file/below", &[]).output().unwrap();
    refused_with(&output, "below a file", &["cannot make the folder", "taken by a file", "--out DIR"]);
    assert_eq!(fs::read(bench.path("file")).unwrap(), b"mine");
    let output = bench.run("file", &[]).output().unwrap();
    refused_with(&output, "a file", &["cannot make the folder", "--out DIR"]);
    if cfg!(target_os = "linux") {
        let output = lab().args(["run", "long-range", "--smoke", "--out", "/dev/full/x"]).output().unwrap();
        refused_with(&output, "below a device", &["/dev/full/x", "--out DIR"]);
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::create_dir(bench.path("closed")).unwrap();
        fs::set_permissions(bench.path("closed"), fs::Permissions::from_mode(0o555)).unwrap();
        // Root may write anywhere.
        if fs::write(bench.path("closed/probe"), "").is_err() {
            let output = bench.run("closed/out", &[]).output().unwrap();
            refused_with(&output, "read-only", &["Permission denied", "--out DIR"]);
        }
    }
}

#[test]
fn a_copy_with_the_name_of_an_experiment_does_not_write_into_its_results() {
    let bench = Bench::new();
    fs::write(bench.path("long-range.toml"), TINY).unwrap();
    let output = std_lab().arg("run").arg(bench.path("long-range.toml")).output().unwrap();
    refused_with(&output, "same name", &["has the name of the experiment `long-range`", "rename", "--out DIR"]);
}

#[test]
fn a_cell_that_diverges_is_a_row_and_the_others_are_fine() {
    let settings = TINY.replace("values = 8 }", "values = 8, training = { learning_rates = [1e30] } }");
    let bench = Bench::with(&settings);
    let output = bench.run("out", &[]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let said = flat(&stderr(&output));
    assert!(said.contains("8 of 24 cells failed; each is a row of scores.csv with its error"), "{said}");
    assert!(said.contains("FAILED: diverged at step") && said.contains("lower the learning rate"), "{said}");
    let rows = report::scores::read(&bench.path("out").join("scores.csv")).unwrap();
    let failed: Vec<_> = rows.iter().filter(|row| row.failed()).collect();
    assert_eq!(failed.len(), 8);
    for row in failed {
        assert!(
            row.task == "recall-at-lag" && row.value.is_none() && row.error.contains("diverged at step"),
            "{row:?}"
        );
    }
    let fine = rows.iter().filter(|row| row.task == "copy-at-lag" && row.is_test_accuracy() && !row.is_floor());
    assert_eq!(fine.filter(|row| row.value.is_some()).count(), 16);
    assert!(bench.path("out").join("copy-at-lag.svg").exists());
}

#[test]
fn an_instruction_set_that_is_not_there_is_refused() {
    let output = std_lab().env("LAB_ISA", "avx1024").arg("list").output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let text = stderr(&output);
    assert!(text.contains("LAB_ISA is \"avx1024\"") && text.contains("portable"), "{text}");
}
