//! `lab explain`: one sentence through a trained attention, with numbers that add up.

mod support;

use std::fs;
use std::path::Path;
use std::process::Output;
use std::sync::LazyLock;

use serde_json::Value;
use support::{files, flat, std_lab, stderr, stdout};

const SENTENCE: &str = "The robot sat on the floor because it was tired.";

/// A folder in which the usual model is trained, by the first who asks; and what that one was told.
static TRAINED: LazyLock<(tempfile::TempDir, Output)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let output = explain_in(folder.path(), &[SENTENCE]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    (folder, output)
});

fn explain_in(folder: &Path, arguments: &[&str]) -> Output {
    std_lab().arg("explain").args(arguments).arg("--out").arg(folder).env("NO_COLOR", "1").output().unwrap()
}

fn explain(arguments: &[&str]) -> Output {
    let output = explain_in(TRAINED.0.path(), arguments);
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {}", stderr(&output));
    output
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_slice(&explain(&[arguments, &["--json"]].concat()).stdout).unwrap()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn near(one: f64, other: f64) -> bool {
    (one - other).abs() < 1e-9 * (1.0 + one.abs())
}

#[test]
fn the_adjective_decides_which_noun_is_meant() {
    for (adjective, noun) in [("tired", "robot"), ("dirty", "floor")] {
        let sentence = SENTENCE.replace("tired", adjective);
        let said = json(&[&sentence]);
        assert_eq!((&said["answer"], &said["right"]), (&noun.into(), &noun.into()));
        assert!(said["probability"].as_f64().unwrap() > 0.9, "{}", said["probability"]);
        let page = stdout(&explain(&[&sentence]));
        assert!(page.contains(&format!("\"it\" is the {noun}, with probability")), "{page}");
        assert!(page.contains(&format!("for only that is ever \"{adjective}\": the model is right")), "{page}");
    }
}

/// Scores are q·k, weights their softmax, the sum is Σ weight·value, and the weights are those that the model used.
#[test]
fn the_numbers_of_every_head_add_up() {
    let said = json(&[SENTENCE, "--word", "tired"]);
    assert!(said["largest_difference"].as_f64().unwrap() < 1e-5, "{}", said["largest_difference"]);
    let step = said["word"]["step"].as_u64().unwrap() as usize;
    assert_eq!(said["words"][step], "tired");
    let layers = said["layers"].as_array().unwrap();
    let heads: Vec<&Value> = layers.iter().flat_map(|layer| layer["heads"].as_array().unwrap()).collect();
    assert_eq!(heads.len(), 8);
    for head in heads {
        let (query, weights, sum) = (numbers(&head["query"]), numbers(&head["weights"]), numbers(&head["sum"]));
        let (scores, scaled) = (numbers(&head["scores"]), numbers(&head["scaled"]));
        assert_eq!((query.len(), weights.len(), sum.len()), (16, 20, 16));
        assert!(near(weights.iter().sum(), 1.0));
        assert_eq!(numbers(&head["all_weights"][step]), weights);
        let exps: f64 = scaled.iter().map(|logit| logit.exp()).sum();
        let mut total = vec![0.0; 16];
        for key in 0..20 {
            let (keys, values) = (numbers(&head["keys"][key]), numbers(&head["values"][key]));
            assert!(near(scores[key], query.iter().zip(&keys).map(|(q, k)| q * k).sum()));
            assert!(near(scaled[key], scores[key] / 4.0) && near(weights[key], scaled[key].exp() / exps));
            total.iter_mut().zip(&values).for_each(|(total, value)| *total += weights[key] * value);
        }
        assert!(total.iter().zip(&sum).all(|(total, sum)| near(*total, *sum)), "{total:?} {sum:?}");
    }
}

/// The percentages of a part of the page: in front of each `%`.
fn percentages(part: &str) -> Vec<f64> {
    let pieces = part.split('%').filter_map(|piece| piece.split_whitespace().last()?.parse().ok());
    pieces.collect()
}

#[test]
fn percentages_of_the_table_sum_to_100() {
    for (layer, head) in [("0", "1"), ("0", "3"), ("1", "2")] {
        let page = stdout(&explain(&[SENTENCE, "--layer", layer, "--head", head]));
        assert!(page.contains(&format!("in layer {layer}, head {head}: as asked for")), "{page}");
        // Words and blanks stand between the rules, the sum below.
        let rule = "─".repeat(100);
        let parts: Vec<&str> = page.split(&rule).collect();
        assert_eq!(parts.len(), 3, "{page}");
        let shares = percentages(parts[1]);
        assert_eq!(shares.len(), 11, "ten words and the blanks: {}", parts[1]);
        assert!((shares.iter().sum::<f64>() - 100.0).abs() <= 1.0, "{shares:?}");
        assert_eq!(percentages(parts[2])[0], 100.0);
        assert!(page.lines().all(|line| line.chars().count() <= 100) && !page.contains('\u{1b}'), "{page}");
    }
}

/// With a filler at each place the sentence leaves three blanks, and its line is longer than the page is wide.
#[test]
fn the_longest_sentence_fits_the_page() {
    let longest = "the big robot suddenly stopped slowly on the heavy floor simply because lately it was quite dirty";
    let page = stdout(&explain(&[longest]));
    assert!(page.lines().all(|line| line.chars().count() <= 100), "{page}");
    assert_eq!(json(&[longest])["length"], 17);
}

#[test]
fn the_first_of_equal_words_is_followed() {
    let said = json(&[SENTENCE, "--word", "The"]);
    assert_eq!((&said["word"]["step"], &said["word"]["times"]), (&said["start"], &2.into()));
    let page = stdout(&explain(&[SENTENCE, "--word", "the"]));
    assert!(page.contains("\"the\" is 2 times in the sentence; this is the first of them"), "{page}");
    assert!(page.contains("▸the·1") && page.contains(" the·2"), "{page}");
}

/// Whatever the sentence and the word: one head of the model, the one that `ablation` takes out, or that of the layer asked for.
#[test]
fn the_head_that_was_picked_on_validation_sentences_is_shown() {
    let place = |said: &Value| (said["shown"]["layer"].as_u64().unwrap(), said["shown"]["head"].as_u64().unwrap());
    let tired = json(&[SENTENCE]);
    assert!(tired["shown"]["weight_on_noun"].as_f64().unwrap() > 0.8, "{}", tired["shown"]);
    assert_eq!((&tired["shown"]["asked"], tired["shown"]["layer"].as_u64()), (&false.into(), Some(1)));
    let dirty = SENTENCE.replace("tired", "dirty");
    for other in [&[dirty.as_str()][..], &[SENTENCE, "--word", "tired"], &[SENTENCE, "--layer", "1"]] {
        assert_eq!(place(&json(other)), place(&tired), "{other:?}");
    }
    let page = stdout(&explain(&[SENTENCE]));
    assert!(page.contains("(picked on validation sentences, where \"it\" puts"), "{page}");
    assert_eq!(place(&json(&[SENTENCE, "--layer", "0"])).0, 0);
    assert_eq!(place(&json(&[SENTENCE, "--layer", "0", "--head", "2"])), (0, 2));
}

#[test]
fn punctuation_is_no_part_of_a_word_and_kinds_are_shown() {
    let plain = json(&[SENTENCE]);
    let marked = json(&["The robot, sat on the floor - because \"it\" was tired!", "--word", "'It',"]);
    assert_eq!(plain, marked);
    let start = plain["start"].as_u64().unwrap() as usize;
    assert_eq!((&plain["kinds"][start + 1], &plain["kinds"][start + 2]), (&"alive".into(), &Value::Null));
    let page = stdout(&explain(&[SENTENCE]));
    assert!(page.contains("robot[x1, alive] sat on the floor[x2, surface] because it was tired[alive]"), "{page}");
}

/// The cell is that of `lab run pronoun`, which finds it; and what is kept is read without a lock.
#[test]
fn the_model_is_trained_once_and_shared_with_the_run() {
    let (folder, first) = &*TRAINED;
    assert!(flat(&stderr(first)).contains("training this model once; it is kept in"), "{}", stderr(first));
    let before = files(folder.path());
    let lock = fs::File::open(folder.path().join("cells/.lock")).unwrap();
    lock.lock().unwrap();
    let again = explain(&[SENTENCE]);
    assert_eq!((stderr(&again).as_str(), &again.stdout), ("", &first.stdout));
    let busy = explain_in(folder.path(), &[SENTENCE, "--model", "attention, one layer"]);
    drop(lock);
    assert_eq!(busy.status.code(), Some(2));
    assert!(flat(&stderr(&busy)).contains("another run is writing to"), "{}", stderr(&busy));
    assert_eq!(files(folder.path()), before);

    let mut run = std_lab();
    run.args(["run", "pronoun", "--layers", "attention, four heads", "--seeds", "1", "--dry-run", "--format", "json"]);
    let plan: Value = serde_json::from_slice(&run.arg("--out").arg(folder.path()).output().unwrap().stdout).unwrap();
    assert_eq!(plan["finished"], 1, "{plan}");
}

#[test]
fn a_damaged_model_is_named_and_trained_again() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("cells")).unwrap();
    for (path, bytes) in files(TRAINED.0.path()) {
        let is_weights = path.extension().is_some_and(|extension| extension == "safetensors");
        let bytes = if is_weights { &bytes[..bytes.len() / 2] } else { &bytes[..] };
        fs::write(folder.path().join("cells").join(path.file_name().unwrap()), bytes).unwrap();
    }
    let output = explain_in(folder.path(), &[SENTENCE]);
    assert!(flat(&stderr(&output)).contains("a finished cell is damaged and is done again"), "{}", stderr(&output));
    assert_eq!(output.stdout, TRAINED.1.stdout);
}

#[test]
fn what_cannot_be_explained_is_refused_before_anything_is_trained() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("none");
    for (arguments, says) in [
        (&["the robt sat on the floor because it was tired"][..], &["`robt` is not a word", "nearest are robot"][..]),
        (&["the robot sat on the floor"], &["the sentence lacks an `it`", "such as: the robot sat on"]),
        (&["the robot sat on the floor because it was late"], &["`late` fits neither robot nor floor", "such as:"]),
        (&["the robot sat on the dog because it was tired"], &["`tired` fits both robot and dog"]),
        (&["robot the sat on the floor because it was tired"], &["not in an order", "such as:"]),
        (&[""], &["the sentence lacks", "lab describe pronoun"]),
        (&[SENTENCE, "--word", "robt"], &["`robt` is not in the sentence", "did you mean `robot`?", "was, tired"]),
        (&[SENTENCE, "--model", "attention, for heads"], &["no model with attention", "mean `attention, four heads`?"]),
        (&[SENTENCE, "--model", "none"], &["no model with attention is called `none`", "\"conv, then attention\""]),
        (&[SENTENCE, "--layer", "2"], &["layer 2 of `attention, four heads` is no attention", "attention are: 0, 1"]),
        (
            &[SENTENCE, "--model", "conv, then attention", "--layer", "0"],
            &["layer 0 of `conv, then attention` is no attention", "attention are: 1"],
        ),
        (
            &[SENTENCE, "--head", "4"],
            &["not every layer of `attention, four heads` has a head 4", "of layer 1: 0, 1, 2, 3"],
        ),
        (
            &[SENTENCE, "--model", "attention, 4 + 1 heads", "--layer", "1", "--head", "1"],
            &["layer 1 of `attention, 4 + 1 heads` has no head 1", "of layer 0: 0, 1, 2, 3; of layer 1: 0"],
        ),
        (&["the car sat on the floor because it was tired"], &["nearest are cat, jar, cake"]),
        (&[SENTENCE, "--word", "they"], &["the, robot, sat, on, floor, because, it, was, tired"]),
    ] {
        let output = explain_in(&folder, arguments);
        let said = flat(&stderr(&output));
        assert_eq!(output.status.code(), Some(2), "{arguments:?}: {said}");
        assert!(says.iter().all(|part| said.contains(part)), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty() && !folder.exists(), "{arguments:?}");
    }
    let file = parent.path().join("file");
    fs::write(&file, "mine").unwrap();
    let output = explain_in(&file, &[SENTENCE]);
    assert_eq!(output.status.code(), Some(2));
    assert!(flat(&stderr(&output)).contains("taken by a file; choose another folder with --out DIR"));
}

#[test]
fn json_has_a_short_form_that_excludes_the_long_one() {
    let long = explain(&[SENTENCE, "--format", "json"]);
    assert_eq!(explain(&[SENTENCE, "--json"]).stdout, long.stdout);
    let both = explain_in(TRAINED.0.path(), &[SENTENCE, "--json", "--format", "human"]);
    assert_eq!(both.status.code(), Some(2));
    assert!(stderr(&both).contains("cannot be used with"), "{}", stderr(&both));
}
