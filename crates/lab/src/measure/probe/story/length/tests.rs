use toml::Table;

use super::*;
use crate::experiment::{ModelSettings, Positions};
use crate::measure::probe::Settings;
use crate::plan::Job;

fn trainer(layer: &str, options: &str, settings: &str) -> Cell {
    let options: Table = options.parse().unwrap();
    Cell {
        label: layer.to_owned(),
        layer: layer.to_owned(),
        options: (zoo::find(layer).unwrap().resolve)(&options).unwrap(),
        blocks: Vec::new(),
        model: ModelSettings {
            width: 16,
            depth: 1,
            mlp: false,
            positions: Positions::None,
            norm: true,
            residual: true,
        },
        task: "recall-vectors".to_owned(),
        called: "book".to_owned(),
        settings: settings.parse().unwrap(),
        job: Job::Probe { trained: None },
        seed: 1,
    }
}

const FULL: &str = "n = 8\nfiller = \"pairs\"\nkey_width = 4\nvalues = 8";

fn found(trainer: &Cell, settings: &str) -> Found {
    let table: Table = settings.parse().unwrap();
    let settings = Settings::read("length", &table).unwrap();
    let task = model::task(&trainer.task, &trainer.settings).unwrap();
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
fn the_law_of_equal_keys_is_the_weight_and_a_spread_of_keys_costs() {
    let weights = ndarray::array![0.5_f32, 0.1, 0.2, 0.1, 0.1];
    let matched = Matched::of(weights.view(), 0, 2);
    assert!((matched.mean - 0.2_f64.ln()).abs() < 1e-6 && matched.deviation < 1e-6, "{matched:?}");
    assert!((matched.diluted(5, 1.0) - 0.5).abs() < 1e-6);
    // Twice as large logits: multiples are squared.
    assert!((matched.diluted(5, 2.0) - 1.0 / (1.0 + 0.16 + 3.0 * 0.04)).abs() < 1e-6);
    // Half the weight of half a million steps takes others that lie 13.2 below.
    let far = Matched { weight: 1.0, own: f64::NEG_INFINITY, mean: -13.17, deviation: 0.0 };
    assert!((far.diluted(524_288, 1.0) - 0.5).abs() < 1e-3);
    assert!(Matched { deviation: 1.0, ..far }.diluted(524_288, 1.0) < 0.45);
    // Where one key holds all of the sum, it is the largest of n: sum and law meet at the edge.
    let edge = (2.0 * 524_286_f64.ln()).sqrt();
    let at = |deviation: f64| Matched { deviation, mean: -40.0, ..far }.diluted(524_288, 1.0);
    assert!((at(edge - 1e-9) - at(edge + 1e-9)).abs() < 1e-6);
}

#[test]
fn the_law_holds_for_normal_logits() {
    let n = 4096;
    let logits: ndarray::Array1<f32> = layer::init::normal(n, 2.0, 7, "length.logits");
    let mut odds = logits.mapv(|logit| f64::from(logit).exp());
    (odds[0], odds[1]) = (12.0_f64.exp(), 0.0);
    let weights = (&odds / odds.sum()).mapv(|weight| weight as f32);
    let short = Matched::of(weights.view().slice_move(ndarray::s![..256]), 0, 1);
    let law = short.diluted(n, 1.0);
    assert!((law - f64::from(weights[0])).abs() < 0.05, "{law} {}", weights[0]);
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
    assert_eq!(fits(&other).unwrap_err(), "it looks at models of recall-vectors");
}
