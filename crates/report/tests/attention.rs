//! Figures of attention as a whole: the same bytes twice, and words of the sentence only ever text.

#[path = "fixture/traces.rs"]
mod fixture;

use report::{Data, Spec, figures, traces};

fn spec(id: &str, kind: &str, title: &str) -> Spec {
    Spec { id: id.into(), kind: kind.into(), title: title.into(), ..Spec::default() }
}

/// `REPORT_FIGURES=FOLDER cargo test -p report --test attention` leaves the pictures there, to be looked at.
#[test]
fn figures_are_complete_and_deterministic() {
    let data = Data { traces: fixture::rows(), ..Data::default() };
    let map = || spec("attention-map", "attention-map", "Where each word of a sentence looks");
    let long = Spec { id: "attention-map-long".into(), sequence: Some(2), ..map() };
    let layers = vec!["encoder and decoder".to_owned()];
    let question = "Does the decoder look at the word that it translates?".to_owned();
    let crossed = Spec { id: "attention-map-crossed".into(), layers, question, ..map() };
    let rows = || spec("attention-rows", "attention-rows", "Where the read-out looks");
    let head = Spec { id: "attention-rows-head".into(), head: Some("blocks.1.mixer/2".into()), ..rows() };
    let position = spec("position-map", "position-map", "Sinusoids tell steps apart");
    let specs = [map(), long, crossed, rows(), head, position];
    let pictures = figures(&data, &specs).unwrap();
    assert_eq!(pictures, figures(&data, &specs).unwrap(), "the same rows give the same bytes");
    for (stem, picture) in &pictures {
        if let Some(folder) = std::env::var_os("REPORT_FIGURES") {
            picture.save(folder.as_ref(), stem).unwrap();
        }
    }
    let svg = |stem: &str| &pictures.iter().find(|(other, _)| other == stem).unwrap().1.svg;
    assert_eq!(svg("attention-map").matches("<image").count(), 8 + 2, "a map for each head, a bar and its white");
    assert_eq!(svg("attention-map-crossed").matches("<image").count(), 6 + 2);
    assert!(svg("attention-map-long").contains("(step 28) gives most"));
    assert!(svg("attention-rows").contains("“robot” (step 1): ") && svg("attention-rows").contains("right: robot"));
    assert!(svg("position-map").contains("No two of the 11 steps have the same vector."));
}

#[test]
fn words_of_a_sentence_are_only_ever_text() {
    let evil = "<script>alert(1)</script>";
    let mut rows = fixture::rows();
    for row in &mut rows {
        row.text = row.text.replace("robot", evil);
        row.answer = row.answer.replace("robot", evil);
    }
    let data = Data { traces: rows, ..Data::default() };
    for kind in ["attention-map", "attention-rows"] {
        let svg = &figures(&data, &[spec("evil", kind, evil)]).unwrap()[0].1.svg;
        assert!(!svg.contains("<script") && svg.contains("&lt;script&gt;"), "{kind}");
    }
}
