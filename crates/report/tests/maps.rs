//! Figures of the maps of trained models as a whole: the same bytes twice, and a picture for each panel.

#[path = "fixture/maps.rs"]
mod fixture;

use report::{Data, Spec, figures, maps, scores};

/// `REPORT_FIGURES=FOLDER cargo test -p report --test maps` leaves the pictures there, to be looked at.
#[test]
fn figures_are_complete_and_deterministic() {
    let mut data = fixture::data();
    // As a file gives them back, with four digits.
    data.maps = maps::parse(&maps::write(&data.maps), std::path::Path::new("maps.csv")).unwrap();
    let spec = |kind: &str, title: &str, question: &str| Spec {
        id: kind.into(),
        kind: kind.into(),
        title: title.into(),
        question: question.into(),
        ..Spec::default()
    };
    let specs = [
        spec("mixing-pair", "The same layer, two sequences", "Does what a layer reads decide which steps it mixes?"),
        spec("tag-map", "Which head fetches which answer", "Do many heads fetch many things?"),
    ];
    let pictures = figures(&data, &specs).unwrap();
    assert_eq!(pictures, figures(&data, &specs).unwrap(), "the same rows give the same bytes");
    for (stem, picture) in &pictures {
        if let Some(folder) = std::env::var_os("REPORT_FIGURES") {
            picture.save(folder.as_ref(), stem).unwrap();
        }
    }
    let svg = |stem: &str| &pictures.iter().find(|(other, _)| other == stem).unwrap().1.svg;
    assert_eq!(svg("mixing-pair").matches("<image").count(), 3 * 4 + 2, "maps, their scale, and what white means");
    assert_eq!(svg("tag-map").matches("<image").count(), 3 * 4 + 2);
    assert!(svg("mixing-pair").contains("<title>line, over time, before training, sequence 1: "));
    assert!(svg("tag-map").contains("<title>4: 4 heads, 4 answers, a head has"));
}
