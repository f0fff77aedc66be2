use super::*;
use crate::figure::apart::{assert_texts_apart, assert_tips_name_their_series};
use crate::scores_fixture;

fn spec(task: &str, metric: &str, splits: &[&str]) -> Spec {
    let splits = splits.iter().map(|split| (*split).to_owned()).collect();
    Spec { id: "by-label".into(), task: task.into(), metric: metric.into(), splits, ..Spec::default() }
}

#[test]
fn texts_never_overlap() {
    let data = scores_fixture::data();
    let curves = scores_fixture::CURVES.join(",");
    for (task, metric, splits) in [
        ("recall", "accuracy", &[][..]),
        ("recall", "loss", &[]),
        ("ablation", "accuracy", &["whole", "without the head", "without another"]),
        (&curves, "loss", &[]),
        (&format!("recall, {curves}, ablation"), "accuracy", &[]),
    ] {
        for log in [vec![], vec!["x".to_owned()]] {
            let scenes = assert_texts_apart(scenes, &data, Spec { log, ..spec(task, metric, splits) });
            assert_tips_name_their_series(&scenes);
            for label in scores_fixture::LABELS.iter().map(|(_, label)| *label) {
                assert!(scenes.iter().all(|scene| scene.labels().contains(&label)), "{task}: {label}");
            }
        }
    }
}

#[test]
fn sizes_give_a_picture_each_and_failures_are_named() {
    let data = scores_fixture::data();
    let scenes = scenes(&data, &spec("recall", "", &[])).unwrap();
    let stems: Vec<_> = scenes.iter().map(|scene| scene.id.as_str()).collect();
    assert_eq!(stems, ["by-label-n64-k4", "by-label-n64-k8"]);
    let words = scenes[0].words();
    assert!(words.contains("missing: line, flattened (3 failed: refused: 2^27 weights)"), "{words}");
    assert!(words.contains("n = 64 · k = 4 · mean of 3 seeds"), "{words}");
    assert!(scenes[0].floors.contains(&"1/K = position-only oracle: 25\u{a0}%".to_owned()), "{:?}", scenes[0].floors);
    assert!(scenes[1].floors[0].contains("12.5"), "{:?}", scenes[1].floors);
}

#[test]
fn each_seed_is_averaged_over_lags_and_each_split_stands_alone() {
    let data = scores_fixture::data();
    let scene = &scenes(&data, &spec("ablation", "", &["whole", "without the head"])).unwrap()[0];
    assert_eq!(scene.table.headers, ["series", "whole", "without the head"]);
    let row = scene.table.rows.iter().find(|row| row[0] == "attention, no positions").unwrap();
    assert_ne!(row[1], row[2]);
    assert!(scene.words().contains("without the head"));
    let error = scenes(&data, &spec("nowhere", "", &[])).unwrap_err();
    assert!(error.is_of_absence() && error.to_string().contains("`nowhere`"), "{error}");
}

#[test]
fn what_was_expected_stands_in_note_and_table() {
    let data = scores_fixture::data();
    let scene = &scenes(&data, &spec(scores_fixture::CURVES[0], "loss", &[])).unwrap()[0];
    assert!(scene.words().contains("tick: expected by a closed form"));
    assert_eq!(scene.table.headers, ["series", "test", "test, expected"]);
    let recall = &scenes(&data, &spec("recall", "accuracy", &[])).unwrap()[0];
    assert!(!recall.words().contains("expected"));
}
