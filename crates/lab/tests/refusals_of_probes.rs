//! Probes, tasks and figures that make no sense: refused before anything is trained, with the way out.

mod support;

use support::{Bench, TINY, flat, stderr};

/// Three tasks to look into, with one model each.
fn settings(tasks: &str) -> String {
    let start = TINY.find("tasks = [").unwrap();
    let end = start + TINY[start..].find("\n]").unwrap() + 2;
    let layers = TINY.find("[[layers]]").unwrap();
    let stack =
        "[[layers]]\nlabel = \"stack\"\nlayer = \"transformer\"\noptions = { source = 8, heads = 1, depth = 1 }\n";
    let tasks = format!(
        "tasks = [
            {{ name = \"recall-vectors\", as = \"book\", n = 16, k = 2, key_width = 4, layers = [\"attention, rotary\"] }},
            {{ name = \"rewrite\", as = \"sort\", rule = \"sort\", layers = [\"stack\"] }},
            {{ name = \"pronoun\", layers = [\"attention, rotary\"] }},\n{tasks}\n]"
    );
    [&TINY[..start], &tasks, &TINY[end..layers], stack, &TINY[layers..]].concat()
}

fn refused_file(text: &str, what: &str, says: &[&str]) {
    let bench = Bench::with(text);
    let output = bench.run("out", &[]).output().unwrap();
    let said = flat(&stderr(&output));
    assert_eq!(output.status.code(), Some(2), "{what}: {said}");
    for text in says {
        assert!(said.contains(text), "{what}: `{text}` is not in: {said}");
    }
    assert!(!bench.path("out").exists(), "{what} made files");
}

fn refused(tasks: &str, says: &[&str]) {
    refused_file(&settings(tasks), tasks, says);
}

#[test]
fn what_stands_above_is_fine_by_itself() {
    let probes = "{ name = \"length\", of = \"book\", n = [16, 32], layers = [\"attention, rotary\"] },
        { name = \"decode\", of = \"sort\", inputs = 2, beam = 2 },
        { name = \"attention\", of = \"pronoun\", inputs = 2 }";
    let output = Bench::with(&settings(probes)).run("out", &["--dry-run"]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    // A task without settings has no gap in its title.
    let shown = support::stdout(&output);
    assert!(shown.contains("pronoun, attention, rotary") && !shown.contains("pronoun ,"), "{shown}");
}

#[test]
fn a_story_of_trained_models_asks_which() {
    for name in ["length", "mixing", "vectors", "decode", "attention", "ablation", "tags", "curve"] {
        let says = [&format!("probe `{name}`: it looks at trained models"), "of = \"TASK\"", "book, sort, pronoun"];
        refused(&format!("{{ name = \"{name}\" }}"), &says.map(|text| text as &str));
        refused(&format!("{{ name = \"{name}\", n = 16, k = 2 }}"), &says.map(|text| text as &str));
    }
    refused("{ name = \"mixing\", n = 16, trained = true }", &["there is no table [trained]", "of = \"TASK\""]);
    refused("{ name = \"mixing\", of = \"boko\" }", &["no task before it is called `boko`", "did you mean `book`?"]);
    refused("{ name = \"mixing\", of = \"book\", n = 99 }", &["trained on `book` has n = 99", "take n and k out"]);
}

#[test]
fn settings_of_probes_are_checked_before_anything_is_trained() {
    let attention = "layers = [\"attention, rotary\"]";
    for (probe, says) in [
        ("\"length\", of = \"book\", n = [1]", &["n = 1 is outside 2 … 1048576"][..]),
        ("\"length\", of = \"book\", n = 4, filler = \"x\"", &["unknown variant `x`", "there are: blank, pairs"]),
        ("\"length\", of = \"book\", n = 4, filler = 3", &["probe `length`: filler: invalid type", "string"]),
        ("\"attention\", of = \"pronoun\", sequences = 9, inputs = 4", &["sequences = 9", "inputs = 4", "0 to 4"]),
        ("\"attention\", of = \"pronoun\", sequences = -1", &["probe `attention`: sequences", "-1"]),
        ("\"attention\", of = \"pronoun\", inputs = \"many\"", &["probe `attention`: inputs", "\"many\""]),
        ("\"softmax\", of = \"pronoun\"", &["it looks at layers as they are built; take `of`"]),
        ("\"length\", of = \"pronoun\"", &["it looks at models of recall-vectors"]),
    ] {
        refused(&format!("{{ name = {probe}, {attention} }}"), says);
    }
    for beam in ["0", "65"] {
        refused(
            &format!("{{ name = \"decode\", of = \"sort\", beam = {beam} }}"),
            &[&format!("probe `decode`: beam = {beam} is out of range"), "choose 1 to 64"],
        );
    }
    refused(
        "{ name = \"softmax\", n = 8, layers = [\"conv\"] }",
        &["`conv` has no option `scale`", "name rows of attention"],
    );
}

#[test]
fn the_source_of_a_stack_is_that_of_its_task() {
    let other = settings("").replace("source = 8", "source = 7");
    let says = ["layer `stack`: source = 7, and the source of task `sort` has 8 steps", "source = 8", "n = 7"];
    refused_file(&other, "source", &says);
}

#[test]
fn blocks_say_the_depth_and_are_no_empty_list() {
    let conv = "label = \"conv\"\nlayer = \"conv\"\n";
    let with = |blocks: &str| TINY.replace(conv, &format!("{conv}blocks = {blocks}\n"));
    refused_file(&with("[]"), "blocks", &["the list is empty", "leave it out"]);
    refused_file(&with("[{}]\ndepth = 2"), "both", &["both `depth` and `blocks`"]);
    let output = Bench::with(&with("[{}, {}, {}]")).run("out", &["--dry-run", "model.depth=2"]).output().unwrap();
    let shown = support::stdout(&output);
    // Three kernels of three reach six steps back, whatever the shell's depth.
    let conv = shown.lines().find(|line| line.contains(", conv")).unwrap_or_default();
    assert!(conv.contains("0..6"), "{shown}");
}

/// `blocks` stacks different layers; width and per-step MLP are of the row.
#[test]
fn a_hybrid_is_a_row_of_names() {
    let row = |more: &str| format!("label = \"hybrid\"\nlayer = \"conv\"\n{more}\n[[figures]]");
    let planned = |more: &str| {
        let settings = TINY.replacen("[[figures]]", &format!("[[layers]]\n{}", row(more)), 1);
        let output = Bench::with(&settings).run("out", &["--dry-run", "--layers", "hybrid"]).output().unwrap();
        let shown = support::stdout(&output);
        let line =
            shown.lines().find(|line| line.contains("recall-at-lag") && line.contains(", hybrid")).unwrap_or_default();
        let cells: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
        assert!(!cells.is_empty(), "{shown}{}", stderr(&output));
        cells.join(" ")
    };
    let names = planned("blocks = [\"window-attention\", \"gru\"]");
    assert_eq!(names, planned("blocks = [{ layer = \"window-attention\" }, { layer = \"gru\" }]"));
    let with = planned("blocks = [\"window-attention\", \"gru\"]\nmlp = true");
    assert_ne!(names, with);
    assert_eq!(names, planned("blocks = [\"window-attention\", \"gru\"]\nmlp = false"));
    assert_ne!(with, planned("blocks = [\"window-attention\", \"gru\"]\nmlp = true\nwidth = 16"));
    let refused = |blocks: &str, words: &[&str]| {
        refused_file(&TINY.replacen("[[figures]]", &format!("[[layers]]\n{}", row(blocks)), 1), blocks, words);
    };
    refused(
        "blocks = [\"window-atention\"]",
        &["there is no layer `window-atention`", "did you mean `window-attention`"],
    );
    refused("blocks = [3]", &["a mixer is the name of a layer or a table of options", "not 3"]);
}

#[test]
fn names_are_such_that_csv_and_files_can_bear_them() {
    for name in ["../x/y", " ", "", "a, b", " a", "a\\tb"] {
        let renamed = TINY.replace("name = \"recall-at-lag\"", &format!("name = \"recall-at-lag\", as = \"{name}\""));
        refused_file(&renamed, name, &["`as` of a task is no name", "letters, digits"]);
    }
}

#[test]
fn choices_are_offered_once_and_without_the_key() {
    refused("{ name = \"rewrite\", as = \"x\", rule = \"srot\" }", &["did you mean `sort`?"]);
    refused("{ name = \"rewrite\", as = \"x\", rule = \"zzz\" }", &["there are: reverse, sort"]);
    let twice = settings("{ name = \"mixing\", of = \"zzz\" }").replace("n = 16, k = 2", "n = 16, k = [1, 2]");
    let output = Bench::with(&twice).run("out", &[]).output().unwrap();
    assert!(flat(&stderr(&output)).ends_with("there are: book, sort, pronoun"), "{}", stderr(&output));
}

/// What no experiment of the kind measures is refused; what only this one does not have is told at the end of the run.
#[test]
fn a_figure_of_nothing_is_not_dropped_in_silence() {
    let figure =
        |rest: &str| TINY.replace("kind = \"accuracy-by-lag\"", &format!("kind = \"scores-by-label\"\n{rest}"));
    let wrong = figure("metric = \"question_wirin\"");
    refused_file(
        &wrong,
        "metric",
        &["figure `copy-at-lag`: there is no metric `question_wirin`", "`question_wiring`?"],
    );
    refused_file(&figure("x = \"kernal\""), "x", &["there is no size `kernal`", "did you mean `kernel`?"]);
    refused_file(&figure("log = [\"time\"]"), "log", &["there is no axis `time`", "there are: x, y"]);
    let bench = Bench::with(&figure("metric = \"entropy\""));
    let said = flat(&stderr(&bench.finish("out", &["--layers", "none"])));
    assert!(said.contains("not drawn: figure `copy-at-lag`") && said.contains("metric `entropy`"), "{said}");
}
