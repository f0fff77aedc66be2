//! Tables of timings whose formulas are known, and errors that help.

#[path = "fixture/timings.rs"]
mod fixture;

use report::timings::Missing;
use report::{scores, table, timings};

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
        task: "throughput".into(),
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
    println!("{}", table.to_markdown());
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
    println!("{}", table.to_markdown());
}

#[test]
fn errors_name_the_fix() {
    let rows = fixture::rows();
    assert_eq!(table::throughput(&[], 64, 2), Err(Missing::All));
    assert_eq!(table::scaling(&[], &[]), Err(Missing::All));
    assert_eq!(table::crossover(&[]), Err(Missing::All));
    let error = table::throughput(&rows, 128, 2).unwrap_err().to_string();
    assert!(error.contains("width 128") && error.contains("widths there are: 64, 256"), "{error}");
    let layers: Vec<_> = rows.iter().filter(|row| !row.layer.is_empty()).cloned().collect();
    assert_eq!(table::throughput(&layers, 64, 2), Err(Missing::Ceiling { label: "peak", threads: 2 }));
    let refused: Vec<_> = rows.into_iter().filter(|row| !row.error.is_empty()).collect();
    assert!(matches!(table::throughput(&refused, 64, 2), Err(Missing::Failed { .. })));
    assert!(matches!(table::scaling(&refused, &[]), Err(Missing::Failed { .. })));
    assert!(matches!(table::crossover(&refused), Err(Missing::Failed { .. })));
}
