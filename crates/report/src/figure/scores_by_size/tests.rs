use super::*;
use crate::figure::Panel as Asked;
use crate::figure::apart::{assert_texts_apart, assert_tips_name_their_series};
use crate::scores_fixture;

fn spec(task: &str, metric: &str, x: &str, log: &[&str]) -> Spec {
    let log = log.iter().map(|axis| (*axis).to_owned()).collect();
    Spec { id: "by-size".into(), task: task.into(), metric: metric.into(), x: x.into(), log, ..Spec::default() }
}

#[test]
fn texts_never_overlap() {
    let data = scores_fixture::data();
    let panel = |title: &str, layers: &[&str]| Asked {
        title: title.into(),
        layers: layers.iter().map(|layer| (*layer).to_owned()).collect(),
    };
    let ways = [vec![], vec![panel("attention", &["attention"]), panel("a line", &["line, over time"])]];
    for panels in ways {
        for spec in [
            spec("long", "accuracy", "n", &["x"]),
            spec("long", "entropy", "", &["x", "y"]),
            spec("long", "entropy", "n", &[]),
            spec("several", "accuracy", "heads", &["x"]),
            spec("several", "accuracy", "k", &[]),
            spec("recall", "loss", "lag", &["x"]),
            spec("recall, several", "accuracy", "k", &["x"]),
        ] {
            let scenes = assert_texts_apart(scenes, &data, Spec { panels: panels.clone(), ..spec });
            assert_tips_name_their_series(&scenes);
        }
    }
    let splits = ["whole", "without the head", "without another"].map(str::to_owned).to_vec();
    assert_texts_apart(scenes, &data, Spec { splits, ..spec("ablation", "", "lag", &["x"]) });
}

#[test]
fn a_size_that_does_not_stand_across_has_a_panel_for_each() {
    let data = scores_fixture::data();
    let titles = |x: &str| {
        let rows: Vec<_> = data.scores.iter().filter(|row| row.task == "several" && !row.is_floor()).collect();
        by_size(&rows, x).into_iter().map(|(title, _)| title).collect::<Vec<_>>()
    };
    assert_eq!(titles("heads"), ["k = 4", "k = 8", "k = 16"]);
    assert_eq!(titles("k"), [""]);
    let scene = &scenes(&data, &spec("several", "", "k", &[])).unwrap()[0];
    assert!(scene.labels().contains(&"attention, no positions, heads = 16"), "{:?}", scene.labels());
    let scene = &scenes(&data, &spec("several", "", "heads", &[])).unwrap()[0];
    assert_eq!(scene.labels(), ["attention, no positions", "attention, sinusoidal"]);
    assert!(scene.words().contains("dotted, in colour: the law"));
}

#[test]
fn floors_follow_the_size_and_failures_say_where() {
    let data = scores_fixture::data();
    let scene = &scenes(&data, &spec("long", "", "n", &["x"])).unwrap()[0];
    let words = scene.words();
    assert!(words.contains("attention, sinusoidal at n = 524288 (3 failed: out of memory)"), "{words}");
    assert!(words.contains("one half: 50\u{a0}%"), "{words}");
    let floor = scene.table.rows.iter().find(|row| row[0] == "floor 1/n").unwrap();
    assert_eq!((floor[1].as_str(), floor[2].as_str()), ("0.02", "0.00"));
    assert!(["64", "16k", "512k"].iter().all(|text| words.contains(text)));
    let error = scenes(&data, &spec("long", "", "mask", &[])).unwrap_err();
    assert!(error.is_of_absence() && error.to_string().contains("`mask`"), "{error}");
}

#[test]
fn published_numbers_stand_where_ours_has_the_size() {
    let published = |more: &str| {
        let head = "what = \"theirs\"\ntask = \"several\"\nsource = \"a page\"\nchecked = \"plot\"\nvalues = [0.5]\n";
        toml::from_str(&format!("{head}{more}")).unwrap()
    };
    let mut data = scores_fixture::data();
    // Ours has k = 4, 8 and 16; no k at all says nothing of where it stands.
    data.published = ["k = 8", "k = 4", "k = 5", "", "k = 16\nn = 1"].map(published).to_vec();
    let scene = &assert_texts_apart(scenes, &data, spec("several", "", "k", &[]))[0];
    let row = scene.table.rows.iter().find(|row| row[0] == "published: theirs").expect("a row of the table");
    assert_eq!(row[1..], ["0.50", "0.50", "–"]);
    assert!(scene.words().contains("published: theirs: 50\u{a0}%, 50\u{a0}%"), "{}", scene.words());
    assert!(scene.words().contains("open diamonds: published numbers"));
    data.published.clear();
    let scene = &scenes(&data, &spec("several", "", "k", &[])).unwrap()[0];
    assert!(!scene.words().contains("published"));
}
