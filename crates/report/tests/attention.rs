//! Figures of attention and its viewer as a whole: the same bytes twice, and words of a sentence only ever text.

#[path = "fixture/traces.rs"]
mod fixture;

use report::html::{Experiment, Figure, Made, page};
use report::{Data, Spec, drawn, figures, traces};

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

/// Of rows as a file gives them back, with five digits.
fn report(rows: Vec<traces::Row>) -> Experiment {
    let rows = traces::parse(&traces::write(&rows), std::path::Path::new("traces.csv")).unwrap();
    let data = Data { traces: rows, ..Data::default() };
    let specs = [
        spec("attention-rows", "attention-rows", "Where the read-out looks"),
        spec("position-map", "position-map", "Sinusoids tell steps apart"),
    ];
    let figure = |spec: &Spec| Figure { spec: spec.clone(), drawn: drawn(&data, spec).unwrap() };
    Experiment {
        name: "synthetic".into(),
        profile: "quick".into(),
        question: "What does attention do?".into(),
        figures: specs.iter().map(figure).collect(),
        traces: data.traces.clone(),
        ..Experiment::default()
    }
}

/// `REPORT_VIEWER=FILE cargo test -p report --test attention` leaves a page with the viewer there, for
/// `scripts/browser/check FILE`.
#[test]
fn the_viewer_stands_on_the_page_of_what_was_traced() {
    let made = Made { title: "Synthetic traces".into(), ..Made::default() };
    let text = page(&[report(fixture::rows())], &made);
    assert_eq!(text, page(&[report(fixture::rows())], &made), "the same input gives the same bytes");
    if let Some(file) = std::env::var_os("REPORT_VIEWER") {
        std::fs::write(file, &text).unwrap();
    }
    assert_eq!(text.matches("<script").count(), 3, "data, the page's own and the viewer's");
    assert!(
        text.contains("<a href=\"#synthetic-quick-attention\">") && text.contains("id=\"synthetic-quick-attention\"")
    );
    let data = text.split("<script type=\"application/json\">").nth(1).unwrap().split("</script>").next().unwrap();
    assert!(data.starts_with("[{\"task\":\"sentences\"") && data.ends_with("}]"));
    for model in ["two blocks", "encoder and decoder"] {
        assert!(
            text.contains(&format!("{model}, trained, sequence 0: weights of the query of")),
            "a table without script"
        );
    }
    let ids: Vec<_> = text.split(" id=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(ids.len(), distinct.len(), "an id stands for one thing");
    let without = page(&[Experiment { traces: Vec::new(), ..report(fixture::rows()) }], &made);
    assert!(!without.contains("viewer") && !without.contains("application/json"), "nothing to show, nothing shown");
}

#[test]
fn words_never_end_the_data() {
    let evil = "</script><script>alert(1)</script>";
    let mut rows = fixture::rows();
    for row in &mut rows {
        row.text = row.text.replace("robot", evil);
        row.answer = row.answer.replace("robot", evil);
        row.label = row.label.replace("two", evil);
    }
    let text = page(&[report(rows)], &Made::default());
    assert_eq!(text.matches("<script").count(), 3);
    assert!(text.contains("\\u003c/script>\\u003cscript>alert(1)") && !text.contains("<script>alert"));
}
