//! The page: complete, closed in itself, the same bytes twice, and no text of the data in it unescaped.

mod fixture;

use std::path::{Path, PathBuf};

use report::claims::Claim;
use report::html::{Experiment, Figure, Judged, Made, page};
use report::scores::Row;
use report::table::Table;
use report::{Data, Spec, drawn, scores, table};

fn made() -> Made {
    Made {
        title: "The layer lab".into(),
        lead: "Which layers use what lies many steps back.".into(),
        command: "cargo run -p lab -- report".into(),
    }
}

fn spec(task: &str) -> Spec {
    Spec {
        id: task.into(),
        task: task.into(),
        title: format!("Title of {task}"),
        kind: "accuracy-by-lag".into(),
        question: "Which layers find it?".into(),
        ..Spec::default()
    }
}

fn judged(claims: &[Claim], rows: &[Row]) -> Vec<Judged> {
    claims.iter().map(|claim| Judged { claim: claim.clone(), verdict: claim.judge(rows) }).collect()
}

fn claim(id: &str, task: &str, threshold: &str) -> Claim {
    let text =
        format!("id = '{id}'\ntext = 'words of {id}'\ntask = '{task}'\nlayers = ['conv, k3 ×3']\nn = 64\n{threshold}");
    toml::from_str(&text).unwrap()
}

fn experiment(name: &str, rows: &[Row], specs: &[Spec], claims: &[Claim]) -> Experiment {
    let data = Data::from(rows);
    let figure = |spec: &Spec| Figure { spec: spec.clone(), drawn: drawn(&data, spec).unwrap() };
    Experiment {
        name: name.into(),
        profile: "quick".into(),
        question: "What is far away?".into(),
        command: format!("cargo run -p lab -- run {name}"),
        figures: specs.iter().map(figure).collect(),
        claims: judged(claims, rows),
        tables: vec![table::verdict(rows, &specs[0].task).unwrap()],
        provenance: vec![("rustc".into(), "1.95.0".into())],
        gaps: vec!["recall-at-lag, conv, seed 3".into()],
        traces: Vec::new(),
    }
}

fn synthetic() -> Experiment {
    let rows = [fixture::recall(), fixture::copy()].concat();
    let claims = [
        claim("near", "recall-at-lag", "at_least = 0.2"),
        claim("far", "recall-at-lag", "at_least = 0.9\nlags = 'beyond-reach'"),
        claim("elsewhere", "undrawn", "at_most = 1.0"),
    ];
    experiment("synthetic", &rows, &[spec("recall-at-lag"), spec("copy-at-lag")], &claims)
}

/// Every text between `open` and the next `close`.
fn between<'a>(page: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    page.split(open).skip(1).map(|rest| rest.split(close).next().unwrap()).collect()
}

#[test]
fn everything_stands_on_the_page() {
    let report = synthetic();
    let text = page(std::slice::from_ref(&report), &made());
    assert_eq!(text, page(std::slice::from_ref(&synthetic()), &made()), "the same input gives the same bytes");
    for figure in &report.figures {
        let [only] = &figure.drawn[..] else { panic!("one length") };
        let Table { headers, rows, .. } = only.table();
        for words in headers.iter().chain(rows.iter().flatten()).chain(only.notes()).chain(only.floors()) {
            assert!(text.contains(words.as_str()), "{words}");
        }
        assert!(rows.iter().all(|row| row.len() == headers.len()) && rows.len() >= fixture::SERIES.len());
        assert!(text.contains(&format!("<h3>{}</h3>", figure.spec.title)));
    }
    for words in [
        "What is far away?",
        "Which layers find it?",
        "cargo run -p lab -- run synthetic",
        "recall-at-lag, conv, seed 3",
        "1.95.0",
        "1 of 3 claims hold",
        "at least 0.9",
        "no results for `conv, k3 ×3`",
        "7 of 7 numbers miss it",
    ] {
        assert!(text.contains(words), "{words}");
    }
    assert_eq!((text.matches(">holds<").count(), text.matches(">fails<").count()), (1, 2));
    let others = text.find("Other claims").expect("a claim about a task that no figure shows stands by itself");
    assert!(text.find("words of elsewhere").unwrap() > others && text.find("words of far").unwrap() < others);
}

#[test]
fn each_series_can_be_hidden_and_each_point_read() {
    let text = page(&[synthetic()], &made());
    let recall = between(&text, "<figure id=\"synthetic-quick--recall-at-lag\">", "</figure>")[0];
    let boxes = between(recall, "data-toggles=\"", "\"");
    assert_eq!(boxes.len(), fixture::SERIES.len() + 1, "and the series that failed");
    for (index, toggles) in boxes.iter().enumerate() {
        assert_eq!(*toggles, index.to_string());
        assert!(text.contains(&format!("figure:has(.t{index}:not(:checked)) .s{index}{{display:none}}")));
    }
    for (_, label, ..) in fixture::SERIES {
        let of_series = recall.matches(&format!("data-series=\"{label}\"")).count();
        assert!(of_series >= 3, "{label}: its label, band and line are {of_series} groups");
        let tip = format!("tabindex=\"0\" role=\"img\"><title>{label}, lag 63: ");
        let panels = if label == "none" { 4 } else { 1 };
        assert_eq!(recall.matches(&tip).count(), panels, "{label}");
    }
}

#[test]
fn nothing_is_loaded_and_nothing_is_too_small() {
    let text = page(&[synthetic()], &made());
    assert!(text.contains("default-src 'none'"));
    let (style, script) = (between(&text, "<style>", "</style>"), between(&text, "<script>", "</script>"));
    assert_eq!((style.len(), script.len()), (1, 1));
    for part in [style[0], script[0]] {
        assert!(["url(", "@import", "fetch(", "import("].iter().all(|word| !part.contains(word)));
    }
    for attribute in ["href", "src"] {
        for link in between(&text, &format!("{attribute}=\""), "\"") {
            assert!(link == "data:," || text.contains(&format!("id=\"{}\"", &link[1..])), "{link} leads nowhere");
        }
    }
    for (tag, _) in text.match_indices('<') {
        let tag = text[tag..].split('>').next().unwrap();
        assert!(tag.matches(" class=").count() < 2, "the second is not read: {tag}");
    }
    let ids = between(&text, " id=\"", "\"");
    let distinct: std::collections::BTreeSet<_> = ids.iter().collect();
    assert_eq!(ids.len(), distinct.len(), "an id stands for one thing");
    let sizes = between(&text, "font-size=\"", "\"");
    assert!(sizes.len() > 50 && sizes.iter().all(|size| size.parse::<f64>().unwrap() >= 11.0));
    let decimals = between(&text, " d=\"", "\"").concat();
    assert!(
        decimals
            .split(|c: char| !c.is_ascii_digit() && c != '.')
            .all(|number| { number.split_once('.').is_none_or(|(_, decimals)| (1..=2).contains(&decimals.len())) })
    );
}

#[test]
fn text_of_the_data_is_only_ever_text() {
    let evil = "<script>alert(1)</script>";
    let quotes = "\" onload=\"alert(2)\" x='";
    let mut rows = fixture::recall();
    for row in &mut rows {
        if row.label == "conv, k3 ×3" {
            row.label = evil.into();
        }
        if row.label == "1/V" {
            row.label = format!("{quotes}{evil}");
        }
    }
    let spec = Spec { title: quotes.into(), question: evil.into(), ..spec("recall-at-lag") };
    let claim = Claim { text: evil.into(), layers: vec![evil.into()], ..claim("c", "recall-at-lag", "at_least = 0.2") };
    let mut report = experiment("evil", &rows, &[spec], &[claim]);
    report.name = format!("{quotes}{evil}");
    report.provenance = vec![(evil.into(), quotes.into())];
    report.gaps = vec![evil.into()];
    report.tables.push(Table {
        title: quotes.into(),
        headers: vec![evil.into()],
        rows: vec![vec![format!("`{evil}`")]],
    });
    let made = Made { title: evil.into(), lead: quotes.into(), command: evil.into() };
    let text = page(&[report], &made);
    assert_eq!(text.matches("<script").count(), 1, "the page's own");
    assert!(!text.contains("\" onload"));
    assert!(text.contains("data-series=\"&lt;script&gt;alert(1)&lt;/script&gt;\""));
    assert!(text.contains("<h3>&quot; onload=&quot;alert(2)&quot; x='</h3>"));
    let without = between(&text, "<body>", "<script>")[0];
    assert_eq!(
        without.matches("alert(").count(),
        without.matches("alert(1)&lt;").count() + without.matches("&quot;alert(2)").count()
    );
}

/// The page of what is committed. `REPORT_PAGE=FILE cargo test -p report --test html` leaves it there, to be looked at
/// and for `scripts/browser/check FILE`.
#[test]
fn committed_results_make_a_page() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file: toml::Table = std::fs::read_to_string(root.join("experiments/long-range.toml")).unwrap().parse().unwrap();
    let specs: Vec<Spec> = file["figures"].clone().try_into().unwrap();
    let claims: Vec<Claim> = file["claims"].clone().try_into().unwrap();
    let folder = |profile: &str| -> PathBuf {
        let base = root.join("results/long-range");
        if profile == "quick" { base } else { base.join(profile) }
    };
    let reports: Vec<_> = ["quick", "full"]
        .into_iter()
        .map(|profile| {
            let rows = scores::read(&folder(profile).join("scores.csv")).unwrap();
            let claims: Vec<_> =
                claims.iter().filter(|claim| claim.profiles.iter().any(|of| of == profile)).cloned().collect();
            let question = file["question"].as_str().unwrap().to_owned();
            Experiment {
                profile: profile.into(),
                question,
                gaps: Vec::new(),
                ..experiment("long-range", &rows, &specs, &claims)
            }
        })
        .collect();
    let text = page(&reports, &made());
    assert!(text.matches("<figure").count() >= 4 && text.contains("attention, rotary"));
    if let Some(file) = std::env::var_os("REPORT_PAGE") {
        std::fs::write(file, text).unwrap();
    }
}
