//! Tables of timings whose formulas are known, and errors that help.

#[path = "fixture/timings.rs"]
mod fixture;

use report::timings::Missing;
use report::{Data, FigureError, Spec, figures, scores, table, timings};

fn line<'a>(table: &'a table::Table, start: &[&str]) -> &'a [String] {
    table.rows.iter().find(|row| row.iter().zip(start).all(|(cell, wanted)| cell == wanted)).expect("such a line")
}

#[test]
fn throughput_says_how_near_the_roof_is_and_why_there_is_no_time() {
    let table = table::throughput(&fixture::rows(), 64, 2).unwrap();
    assert!(table.headers.len() <= 8 && table.title.contains("peak 200 GFLOP/s, copy 50.0 GB/s"), "{}", table.title);
    let mlp = line(&table, &["mlp", "1024"]);
    let [speed, share]: [f64; 2] = [3, 4].map(|column: usize| mlp[column].parse().unwrap());
    assert!((speed / 2.0 - share).abs() <= 0.6, "far right of the ridge the roof is the peak: {mlp:?}");
    let linear = line(&table, &["linear", "1024"]);
    let [speed, share]: [f64; 2] = [3, 4].map(|column: usize| linear[column].parse().unwrap());
    let intensity = 2.0f64 * 64.0 * 64.0 * 4096.0 / (4.0 * (2.0 * 64.0 * 4096.0 + 64.0 * 64.0));
    assert!((speed / (50.0 * intensity).min(200.0) * 100.0 - share).abs() <= 0.6, "{linear:?}");
    assert_eq!(line(&table, &["none", "64"])[3..5], ["–", "–"]);
    assert_eq!(line(&table, &["conv k3", "256"])[6..], ["70", "noisy"]);
    let refused = line(&table, &["mlp over time", "8192"]);
    assert!(refused[2] == "–" && refused[7].starts_with("needs 6.0 GiB") && refused[7].chars().count() <= 60);
    println!("{}", table.to_markdown());
}

#[test]
fn scaling_stands_beside_the_printed_table() {
    let path = |label: &str, layer: &str, options: &str, n, value| scores::Row {
        task: "pass".into(),
        metric: "path".into(),
        label: label.into(),
        layer: layer.into(),
        options: options.into(),
        n: Some(n),
        value: Some(value),
        ..scores::Row::default()
    };
    let dilated = "dilations = [1, 2, 4], kernel = 3";
    let paths = [
        path("conv k3", "conv", "kernel = 3", 512, 256.0),
        path("conv k3", "conv", "kernel = 3", 8192, 4096.0),
        path("attention", "attention", "heads = 4", 8192, 1.0),
        path("conv k3 dilated", "conv", dilated, 8192, 12.0),
    ];
    let table = table::scaling(&fixture::rows(), &paths).unwrap();
    assert!(table.headers.len() <= 8 && table.title.contains("Vaswani et al. 2017"));
    let conv = line(&table, &["conv k3"]);
    assert_eq!((conv[1].as_str(), conv[2].as_str()), ("O(k·n·d²)", "1.00"));
    assert_eq!(conv[5..], ["O(1)", "O(n/k)", "4096 at n = 8192"]);
    assert!(conv[3].contains(" ± "), "{}", conv[3]);
    assert_eq!(line(&table, &["attention"])[5..], ["O(1)", "O(1)", "1 at n = 8192"]);
    assert_eq!(line(&table, &["linear over time"])[1..3], ["O(n²·d)*", "2.00"]);
    assert_eq!(line(&table, &["linear"])[5..], ["O(1)*", "none*", "–"]);
    let dilated = line(&table, &["conv k3 dilated"]);
    assert_eq!(dilated[2..], ["–", "–", "–", "O(1)", "O(log_k n)", "12 at n = 8192"]);
    assert_eq!(table.headers[7], "longest path, from the declared reach");
    assert!(table.title.contains("over the last four of n = 512 … 8192"), "{}", table.title);
    assert_eq!(line(&table, &["attention"])[2], line(&table, &["attention, one head"])[2], "the same lengths");
    println!("{}", table.to_markdown());
    // What was not timed both ways has the FLOPs of the way in which it was.
    let forward: Vec<_> = fixture::rows().into_iter().filter(|row| row.pass != "both").collect();
    let conv = line(&table::scaling(&forward, &[]).unwrap(), &["conv k3"]).to_vec();
    assert_eq!((conv[2].as_str(), conv[4].as_str()), ("1.00", "–"));
}

/// By the formulas: 8·d² + 2·(n + 1)·d against 14·d² and 6·d², and n + 1 = 4·d.
#[test]
fn crossovers_are_those_of_the_formulas() {
    let table = table::crossover(&fixture::rows()).unwrap();
    for (width, against, square) in [("64", "191", "257"), ("256", "767", "1025")] {
        assert_eq!(line(&table, &["attention against conv k7", width, "forward"])[3], against);
        assert_eq!(line(&table, &["attention against conv k3", width, "both"])[3..], ["below 32", "below 32"]);
        assert_eq!(line(&table, &["square term of attention, one head", width, "both"])[3], square);
    }
    let below = &line(&table, &["square term of attention", "64", "both"])[4];
    assert!(below.starts_with('~') && below.ends_with(", below the fitted n ≥ 512"), "{below}");
    println!("{}", table.to_markdown());
}

/// Of three lengths that lie far apart, a crossing is known as a range alone, and no line can be held against two.
#[test]
fn few_lengths_give_ranges_and_no_square_term() {
    let apart = |row: &timings::Row| row.n.is_none_or(|n| [32, 512, 8192].contains(&n));
    let few: Vec<_> = fixture::rows().into_iter().filter(apart).collect();
    let table = table::crossover(&few).unwrap();
    let against = line(&table, &["attention against conv k7", "64", "both"]);
    assert_eq!(against[3..], ["between 32 and 512", "between 32 and 512"]);
    assert_eq!(line(&table, &["square term of attention", "64", "both"])[3..], ["–", "–"]);
    let derived = timings::derived(&few);
    assert!(!derived.is_empty() && derived.iter().all(|row| !row.metric.starts_with("crossover")));
}

#[test]
fn errors_name_the_fix() {
    let rows = fixture::rows();
    assert_eq!(table::throughput(&[], 64, 2), Err(Missing::All));
    assert_eq!(table::scaling(&[], &[]), Err(Missing::All));
    assert_eq!(table::crossover(&[]), Err(Missing::All));
    let error = table::throughput(&rows, 128, 2).unwrap_err().to_string();
    assert!(error.contains("width 128") && error.contains("widths 64, 256"), "{error}");
    let layers: Vec<_> = rows.iter().filter(|row| !row.layer.is_empty()).cloned().collect();
    assert_eq!(table::throughput(&layers, 64, 2), Err(Missing::Ceiling { label: "peak", threads: 2 }));
    let refused: Vec<_> = rows.into_iter().filter(|row| !row.error.is_empty()).collect();
    assert!(matches!(table::throughput(&refused, 64, 2), Err(Missing::Failed { .. })));
    assert!(matches!(table::scaling(&refused, &[]), Err(Missing::Failed { .. })));
    assert!(matches!(table::crossover(&refused), Err(Missing::Failed { .. })));
}

fn spec(kind: &str) -> Spec {
    Spec {
        id: kind.into(),
        title: "Synthetic numbers: how fast each layer is".into(),
        kind: kind.into(),
        question: "What does reach cost, and from which length on?".into(),
        ..Spec::default()
    }
}

/// `REPORT_FIGURES=FOLDER cargo test -p report --test throughput` leaves the pictures there, to be looked at.
#[test]
fn figures_of_timings_are_complete_and_deterministic() {
    let data = Data { timings: fixture::rows(), ..Data::default() };
    let narrow = Spec { id: "roofline-64".into(), width: Some(64), ..spec("roofline") };
    let forward = Spec { id: "time-forward".into(), pass: "forward".into(), threads: Some(1), ..spec("time-by-n") };
    let few = Spec {
        id: "few".into(),
        layers: ["conv k7", "attention", "lstm"].map(Into::into).into(),
        ..spec("tokens-by-n")
    };
    let specs = [spec("tokens-by-n"), spec("time-by-n"), spec("roofline"), narrow, forward, few];
    let pictures = figures(&data, &specs).unwrap();
    assert_eq!(pictures, figures(&data, &specs).unwrap(), "the same rows give the same bytes");
    for (stem, picture) in &pictures {
        if let Some(folder) = std::env::var_os("REPORT_FIGURES") {
            picture.save(folder.as_ref(), stem).unwrap();
        }
    }
    let svg = |stem: &str| &pictures.iter().find(|(other, _)| other == stem).unwrap().1.svg;
    let tokens = svg("tokens-by-n");
    for (label, ..) in fixture::LABELS {
        assert!(tokens.contains(&format!("{label}, n = 512, width 64, forward, 2 threads: ")), "{label}");
        assert!(tokens.contains(&format!("{label}, n = 512, width 64, both, 2 threads: ")), "{label}");
        assert_eq!(svg("roofline").contains(&format!("{label}, n = 512, width 256, both")), label != "none", "{label}");
    }
    assert!(tokens.contains("conv k3 in jax 0.10.2, n = 512") && tokens.contains("burn 0.23.0"));
    let peer = "conv k3 in jax 0.10.2, n = 512, width 64, both, 2 threads: ";
    let tip = tokens.split(peer).nth(1).unwrap().split('<').next().unwrap();
    assert!(tip.contains(" tokens/s (another run; 10th to 90th percentile ") && !tip.contains("quartile"), "{tip}");
    assert!(svg("roofline-64").contains("right of the bend arithmetic is the limit, left of it memory; bytes kept"));
    assert!(tokens.contains("noisy, the machine was not steady (4 of 166 points)"));
    assert!(tokens.contains("not timed: mlp over time at n = 8192: needs 6.0 GiB"));
    assert!(tokens.contains(" tokens/s (quartiles ") && tokens.contains("\u{a0}% of the peak, 18.1 MiB"));
    assert!(svg("few").contains("missing: lstm") && !svg("few").contains("linear"));
    assert!(svg("roofline-64").contains("copy: 50.0 GB/s") && svg("roofline-64").contains("registers: 200 GFLOP/s"));
    assert!(svg("roofline-64").contains("without a place: none") && !svg("roofline-64").contains("width 256"));
    assert!(
        svg("time-forward").contains("conv k7: n^0.97\u{a0}±\u{a0}0.0") && !svg("time-forward").contains("2 threads")
    );
}

#[test]
fn figures_of_nothing_name_the_fix() {
    let rows = fixture::rows();
    let says = |timings: Vec<timings::Row>, spec: Spec| {
        figures(&Data { timings, ..Data::default() }, &[spec]).unwrap_err().to_string()
    };
    for kind in ["tokens-by-n", "roofline", "time-by-n"] {
        assert!(says(Vec::new(), spec(kind)).contains("`lab run throughput`"), "{kind}");
        let refused = rows.iter().filter(|row| !row.error.is_empty()).cloned().collect();
        assert!(says(refused, spec(kind)).contains("needs 6.0 GiB"), "{kind}");
        let wide = Spec { width: Some(1000), ..spec(kind) };
        assert!(
            says(rows.clone(), wide).contains("there are widths 64, 256; passes forward, both; threads 1, 2"),
            "{kind}"
        );
        let unknown = Spec { layers: vec!["lstm".into()], ..spec(kind) };
        assert!(says(rows.clone(), unknown).contains("no timings of lstm"), "{kind}");
        let backward = Spec { pass: "backward".into(), ..spec(kind) };
        assert!(says(rows.clone(), backward).contains("`forward` and `both`"), "{kind}");
        let layers = rows.iter().filter(|row| !row.layer.is_empty()).cloned().collect();
        let without = figures(&Data { timings: layers, ..Data::default() }, &[spec(kind)]);
        let ceilings = matches!(&without, Err(FigureError::Timings { missing: Missing::Ceiling { .. }, .. }));
        assert_eq!(ceilings, kind == "roofline", "{kind}");
    }
}

/// The committed file, so that a change of what `scripts/peers/compare` writes is noticed.
#[test]
fn the_committed_peers_are_read() {
    let peers = timings::from_peers(include_str!("../../../results/throughput/peers.csv")).unwrap();
    for name in ["pytorch", "jax", "candle", "burn"] {
        let wanted = |row: &&timings::Row| row.implementation == name && row.work == "layer/conv3/8x512x64";
        let row = peers.iter().find(wanted).unwrap();
        assert_eq!((row.batch, row.n, row.width, row.pass.as_str()), (Some(8), Some(512), Some(64), "both"));
    }
    assert!(
        peers.iter().all(|row| row.implementation != "lab" && row.seconds_median.is_some() == row.error.is_empty())
    );
    let joined = timings::join(&fixture::rows(), &peers);
    assert!(!joined.is_empty() && joined.iter().all(|row| row.layer == "conv" && row.label.starts_with("conv k")));
}
