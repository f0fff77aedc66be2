use toml::Table;

use super::*;
use crate::experiment::ModelSettings;
use crate::measure::probe::Settings;
use crate::plan::Job;

fn trainer(layer: &str, options: &str, settings: &str) -> Cell {
    let options: Table = options.parse().unwrap();
    Cell {
        label: layer.to_owned(),
        layer: layer.to_owned(),
        options: (zoo::find(layer).unwrap().resolve)(&options).unwrap(),
        blocks: Vec::new(),
        model: ModelSettings::single(16),
        task: "recall-vectors".to_owned(),
        called: "book".to_owned(),
        settings: settings.parse().unwrap(),
        root: std::path::PathBuf::new(),
        job: Job::Probe { trained: None },
        seed: 1,
    }
}

const FULL: &str = "n = 8\nfiller = \"pairs\"\nkey_width = 4\nvalues = 8";

fn found(trainer: &Cell, settings: &str) -> Found {
    let table: Table = settings.parse().unwrap();
    let settings = Settings::read("length", &table).unwrap();
    let task = model::task_of(trainer).unwrap();
    let [before, after] = [(); 2].map(|()| model::build(trainer, task.as_ref()).unwrap());
    let weights = layer::checkpoint::to_bytes(after.parameters());
    let trained = Trained { cell: trainer, settings: &settings, trainer, task, before, after, weights };
    let mut found = Found::default();
    run(&trained, &mut found).unwrap();
    found
}

fn number<'a>(found: &'a Found, metric: &str) -> &'a crate::measure::probe::Number {
    found.numbers.iter().find(|number| number.metric == metric).expect("it is measured")
}

#[test]
fn the_law_at_the_length_of_its_gap_is_the_weight() {
    for (n, weight, own) in [(3, 0.5, 0.2), (64, 0.9, 0.01), (524_288, 0.3, 0.3)] {
        let matched = Matched::of(n, weight, own, 1.0 - weight - own);
        assert!((matched.diluted(n, 1.0) - weight).abs() < 1e-12, "{matched:?}");
        // Twice as large logits make what was largest larger.
        assert!(matched.diluted(n, 2.0) > weight || own >= weight, "{matched:?}");
    }
    // All alike: no gap. Half the weight of half a million steps takes 13.2.
    assert!(Matched::of(10, 0.1, 0.1, 0.8).gap.abs() < 1e-12);
    let half = Matched::of(524_288, 0.5, 0.0, 0.5);
    assert!((half.gap - 13.17).abs() < 0.01);
    assert!((half.diluted(2 * 524_288, 1.0) - 1.0 / 3.0).abs() < 1e-5);
}

#[test]
fn few_sequences_ask_for_lags_from_the_shortest_to_the_longest() {
    assert_eq!(spread(8, 38).collect::<Vec<_>>(), [0, 5, 10, 15, 21, 26, 31, 37]);
    assert_eq!(spread(1, 5).collect::<Vec<_>>(), [0]);
    assert_eq!(spread(4, 3).collect::<Vec<_>>(), [0, 1, 2, 3]);
}

#[test]
fn the_law_holds_at_the_trained_length_and_is_followed_by_equal_keys() {
    let attention = trainer("attention", "heads = 1", FULL);
    let here = found(&attention, "n = 8\ninputs = 12\ntrained = true");
    let weight = number(&here, "weight");
    // Weights of f32 add up to 1 but for their last bits.
    assert!((weight.value - weight.expected.unwrap()).abs() < 1e-6);
    assert_eq!((weight.split.as_str(), number(&here, "sequences").value), ("pairs", 12.0));
    // An untrained model takes all keys for nearly alike, so that the law of equal keys is nearly right.
    let far = found(&attention, "n = 4096\ninputs = 12\ntrained = true");
    let weight = number(&far, "weight");
    assert!(weight.value < 10.0 / 4096.0);
    assert!((weight.value / weight.expected.unwrap()).ln().abs() < 1.0, "{weight:?}");
    assert!((0.0..=1.0).contains(&number(&far, "accuracy").value) && far.floors[0].value < 0.6);
    let blank = found(&attention, "n = 64\nfiller = \"blank\"\ninputs = 12\ntrained = true");
    assert_eq!((number(&blank, "weight").expected, blank.floors[0].value), (None, 1.0 / 8.0));
}

#[test]
fn layers_without_weights_are_scored_and_layers_of_one_length_are_refused() {
    let conv = found(&trainer("conv", "", FULL), "n = 64\ninputs = 8\ntrained = true");
    assert!(conv.numbers.iter().all(|number| number.metric != "weight"));
    assert!(fits(&trainer("conv", "", FULL)).is_ok());
    assert!(fits(&trainer("attention", "heads = 1\nlength_scaling = 8", FULL)).is_ok());
    for (layer, options) in
        [("linear", "over = \"time\""), ("mlp", "over = \"time\""), ("attention", "positions = \"learned\"")]
    {
        let refused = fits(&trainer(layer, options, FULL)).unwrap_err();
        assert_eq!(refused, "n/a: it is built for n = 8, and has no weights for another");
    }
    let other = Cell { task: "copy-at-lag".to_owned(), ..trainer("conv", "", FULL) };
    assert_eq!(fits(&other).unwrap_err(), "it looks at models of recall-vectors, induction, selective-copy");
}

fn of_task(task: &str, settings: &str, layer: &str) -> Cell {
    Cell { task: task.to_owned(), ..trainer(layer, "", settings) }
}

#[test]
fn tasks_without_a_filler_are_read_at_other_lengths_as_they_are() {
    let induction = of_task("induction", "n = 8\nvocabulary = 4", "attention");
    fits(&induction).unwrap();
    let there = found(&induction, "n = 32\ninputs = 60\ntrained = true");
    let accuracy = number(&there, "accuracy");
    assert_eq!((accuracy.split.as_str(), number(&there, "weight").expected), ("test", None));
    // An untrained model guesses among four, and weighs 32 steps nearly alike.
    assert!((0.05..0.6).contains(&accuracy.value), "{}", accuracy.value);
    assert!((0.3..3.0).contains(&(32.0 * number(&there, "weight").value)));
    // The floors are those of that length: the longer, the smaller a share of all the answer is.
    let here = found(&induction, "n = 8\ninputs = 60\ntrained = true");
    assert!(there.floors[0].value < here.floors[0].value);
    // Several steps are asked, and no one weight is on the right one.
    let copy = of_task("selective-copy", "n = 12\ndata = 3", "conv");
    fits(&copy).unwrap();
    let there = found(&copy, "n = 40\ninputs = 20\ntrained = true");
    assert!(there.numbers.iter().all(|number| number.metric != "weight"));
    assert!((0.0..0.5).contains(&number(&there, "accuracy").value));
    let settings = |text: &str| Settings::read("length", &text.parse().unwrap()).unwrap();
    let says = |text: &str| check(&settings(text), &copy).unwrap_err().to_string();
    assert!(says("n = 40\nfiller = \"blank\"").contains("is for models of recall-vectors, not of selective-copy"));
    assert!(says("n = 5").contains("choose n from 6"));
}
