//! Figures as a whole: the same bytes twice, everything named, errors that help.

mod fixture;

use report::scores::Row;
use report::{FigureError, Panel, Spec, figures};

fn spec() -> Spec {
    let panel = |title: &str, layers: &[&str]| Panel {
        title: title.into(),
        layers: layers.iter().map(|layer| (*layer).to_owned()).collect(),
    };
    Spec {
        id: "synthetic".into(),
        task: "recall-at-lag".into(),
        title: "Synthetic numbers: recall of a value seen some steps back".into(),
        kind: "accuracy-by-lag".into(),
        question: "Which layers still find the value of a key when it lies far back?".into(),
        panels: vec![
            panel("fixed wiring: line and hinge", &["linear", "mlp"]),
            panel("local window: conv", &["conv"]),
            panel("data-set wiring: attention", &["attention"]),
        ],
    }
}

/// `REPORT_FIGURES=FOLDER cargo test -p report --test figures` leaves the pictures there, to be looked at.
#[test]
fn figures_are_complete_and_deterministic() {
    let rows = fixture::recall();
    let by_layer = Spec { id: "by-layer".into(), panels: Vec::new(), ..spec() };
    let specs = [spec(), by_layer];
    let pictures = figures(&rows, &specs).unwrap();
    assert_eq!(pictures, figures(&rows, &specs).unwrap(), "the same rows give the same bytes");
    for (stem, picture) in &pictures {
        if let Some(folder) = std::env::var_os("REPORT_FIGURES") {
            picture.save(folder.as_ref(), stem).unwrap();
        }
        let svg = &picture.svg;
        for (_, label, ..) in fixture::SERIES {
            assert!(svg.contains(&format!("{label}, lag 63: ")), "{stem}: no tooltip of {label}");
            assert!(svg.matches(label).count() > 3 * fixture::LAGS.len() / 3, "{stem}: {label} is not drawn");
        }
        assert!(svg.contains("linear, flattened: failed"), "a failed series is named, not left out");
        assert!(svg.contains("1/K = position-only"), "floors of one height are one label");
        assert!(svg.contains("<title id=") && svg.contains("<desc id=") && svg.trim_end().ends_with("</svg>"));
        let size = |offset: usize| u32::from_be_bytes(picture.png[offset..offset + 4].try_into().unwrap());
        assert_eq!(&picture.png[1..4], b"PNG");
        assert!(svg.starts_with(&format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{}\" height=\"{}\"",
            size(16) / 2,
            size(20) / 2
        )));
    }
}
