//! Kinds of figure that know nothing of a task: the same bytes twice, whatever the metric.

#[path = "fixture/scores.rs"]
mod fixture;

use report::{Data, Spec, figures, points, scores};

fn spec(id: &str, kind: &str, task: &str) -> Spec {
    let title = "Made-up numbers: who finds what was asked for?".into();
    Spec { id: id.into(), kind: kind.into(), task: task.into(), title, question: "Who does?".into(), ..Spec::default() }
}

fn text(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// `REPORT_FIGURES=FOLDER cargo test -p report --test plain` leaves the pictures there, to be looked at.
#[test]
fn figures_are_the_same_bytes_twice() {
    let data = fixture::data();
    let splits = text(&["whole", "without the head", "without another"]);
    let (loss, log) = (|| "loss".to_owned(), || text(&["x"]));
    let specs = [
        spec("by-label", "scores-by-label", "recall"),
        Spec { splits, ..spec("ablation", "scores-by-label", "ablation") },
        Spec { metric: loss(), log: log(), ..spec("losses", "scores-by-label", &fixture::CURVES.join(", ")) },
        Spec { metric: loss(), ..spec("two-losses", "scores-by-label", "curve abs, curve sin") },
        Spec { x: "n".into(), log: log(), ..spec("long", "scores-by-size", "long") },
        Spec { metric: "entropy".into(), log: text(&["x", "y"]), ..spec("entropy", "scores-by-size", "long") },
        Spec { x: "heads".into(), log: log(), ..spec("heads", "scores-by-size", "several") },
        Spec { x: "k".into(), ..spec("by-k", "scores-by-size", "several") },
        spec("curves", "curves", ""),
        Spec { layers: text(&["attention, no positions"]), ..spec("two-curves", "curves", "curve sin, curve product") },
        spec("scatter", "scatter", "vectors"),
        Spec { layers: text(&["attention, no positions"]), ..spec("one-scatter", "scatter", "vectors") },
    ];
    let pictures = figures(&data, &specs).unwrap();
    assert_eq!(pictures, figures(&data, &specs).unwrap(), "the same rows give the same bytes");
    for (stem, picture) in &pictures {
        if let Some(folder) = std::env::var_os("REPORT_FIGURES") {
            picture.save(folder.as_ref(), stem).unwrap();
        }
        let svg = &picture.svg;
        assert!(svg.contains("<title id=") && svg.contains("<desc id=") && svg.trim_end().ends_with("</svg>"));
        assert!(svg.contains("attention, no positions"), "{stem}");
    }
}
