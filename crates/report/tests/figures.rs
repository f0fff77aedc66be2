//! Figures as a whole: the same bytes twice, everything named, errors that help.

mod fixture;

use report::scores::Row;
use report::{Data, FigureError, Panel, Spec, figures};

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
        ..Spec::default()
    }
}

/// `REPORT_FIGURES=FOLDER cargo test -p report --test figures` leaves the pictures there, to be looked at.
#[test]
fn figures_are_complete_and_deterministic() {
    let rows = fixture::recall();
    let by_layer = Spec { id: "by-layer".into(), panels: Vec::new(), ..spec() };
    let crowded =
        Panel { title: "all in one".into(), layers: ["linear", "mlp", "conv", "attention"].map(Into::into).into() };
    let crowded = Spec { id: "crowded".into(), panels: vec![crowded], ..spec() };
    let specs = [spec(), by_layer, crowded];
    let pictures = figures(&rows[..].into(), &specs).unwrap();
    assert_eq!(pictures, figures(&rows[..].into(), &specs).unwrap(), "the same rows give the same bytes");
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

#[test]
fn copying_is_drawn_with_its_own_grid() {
    let rows = [fixture::recall(), fixture::copy()].concat();
    let copy = Spec { id: "copy".into(), task: "copy-at-lag".into(), ..spec() };
    let pictures = figures(&rows[..].into(), &[spec(), copy]).unwrap();
    if let Some(folder) = std::env::var_os("REPORT_FIGURES") {
        pictures[1].1.save(folder.as_ref(), &pictures[1].0).unwrap();
    }
    let (recall, copy) = (&pictures[0].1.svg, &pictures[1].1.svg);
    assert!(copy.contains("n = 128 steps") && !copy.contains("pairs") && copy.contains("mean of 5 seeds"));
    assert!(recall.contains("K = 4 pairs") && recall.contains("mean of 3 seeds"));
    assert!(copy.contains("rotary, lag 127: ") && !copy.contains("lag 63: "));
}

#[test]
fn several_settings_give_several_figures_and_are_never_averaged() {
    let shorter = fixture::copy().into_iter().filter(|row| !row.layer.is_empty()).map(|row| Row {
        n: Some(64),
        value: Some(0.5),
        ..row
    });
    let rows: Vec<_> = fixture::copy().into_iter().chain(shorter).collect();
    let copy = Spec { id: "copy".into(), task: "copy-at-lag".into(), ..spec() };
    let pictures = figures(&rows[..].into(), &[copy]).unwrap();
    let stems: Vec<_> = pictures.iter().map(|(stem, _)| stem.as_str()).collect();
    assert_eq!(stems, ["copy-n128", "copy-n64"]);
    assert!(pictures[1].1.svg.contains("rotary, lag 127: 0.50 ± 0.00 (5 seeds)"));
    assert!(
        pictures.iter().all(|(_, picture)| picture.svg.contains("1/V: 12.5\u{a0}%")),
        "a floor without n holds for all"
    );
}

#[test]
fn errors_name_the_fix() {
    let rows = fixture::recall();
    let unknown = Spec { kind: "accuracy-by-lags".into(), ..spec() };
    let error = figures(&rows[..].into(), &[unknown]).unwrap_err();
    assert!(matches!(error, FigureError::UnknownKind { nearest: "accuracy-by-lag", .. }), "{error}");
    let error = figures(&rows[..].into(), &[Spec { task: "recall".into(), ..spec() }]).unwrap_err().to_string();
    assert!(error.contains("`recall`") && error.contains("recall-at-lag"), "{error}");
    let error = figures(&Data::default(), &[spec()]).unwrap_err();
    assert!(matches!(error, FigureError::NoRows { .. }), "{error}");
}

#[test]
fn a_specification_refuses_unknown_keys() {
    let text = "id = 'a'\ntask = 'b'\ntitle = 'c'\nkind = 'accuracy-by-lag'";
    assert_eq!(toml::from_str::<Spec>(text).unwrap().panels, []);
    assert!(toml::from_str::<Spec>(&format!("{text}\nlags = [1]")).is_err());
    assert_eq!(toml::from_str::<Spec>(&toml::to_string(&spec()).unwrap()).unwrap(), spec());
}
