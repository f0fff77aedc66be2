//! How fast each layer is at each length, and how near to what the machine can do.

use super::{Table, dash, si};
use crate::timings::{Ceilings, Curve, Cut, Missing, Row, Sample, curves, threads_text};

/// Longer notes are cut.
const NOTE: usize = 60;

/// One line for each layer and length, of forward and backward together. Lines without a time say why.
///
/// The share is that of the roof at the layer's intensity: min(peak, copy · FLOPs for each byte moved), both ceilings
/// timed in the same run. It is `–` for a layer without FLOPs.
///
/// # Errors
/// [`Missing`], where nothing was timed at this width and number of threads, or the ceilings were not.
pub fn throughput(rows: &[Row], width: u64, threads: u64) -> Result<Table, Missing> {
    let curves = curves(rows, Cut { width, pass: "both", threads }, &[])?;
    let ceilings = Ceilings::of(rows, threads)?;
    let roof = "% of min(peak, copy × FLOP/B)";
    let headers = ["layer", "n", "tokens/s", "GFLOP/s", roof, "peak MiB", "spread, %", "note"];
    let title = format!(
        "Forward and backward, width {width}, {}; peak {:.0} GFLOP/s, copy {:.1} GB/s; spread: third less first \
         quartile, of the median",
        threads_text(threads),
        ceilings.peak / 1e9,
        ceilings.copy / 1e9
    );
    let rows = curves.iter().flat_map(|curve| lines(curve, &ceilings)).collect();
    Ok(Table { title, headers: headers.map(str::to_owned).into(), rows })
}

/// By length, those without a time among them.
fn lines(curve: &Curve, ceilings: &Ceilings) -> Vec<Vec<String>> {
    let mut lines: Vec<(Option<u64>, Vec<String>)> = Vec::new();
    lines.extend(curve.samples.iter().map(|sample| (Some(sample.n), timed(sample, ceilings))));
    lines.extend(curve.failed.iter().map(|row| {
        let n = row.n.map_or_else(dash, |n| n.to_string());
        let mut line = vec![row.label.clone(), n];
        line.extend((0..5).map(|_| dash()));
        line.push(short(&row.error, NOTE));
        (row.n, line)
    }));
    lines.sort_by_key(|(n, _)| *n);
    lines.into_iter().map(|(_, line)| line).collect()
}

fn timed(sample: &Sample, ceilings: &Ceilings) -> Vec<String> {
    let number = |value: Option<f64>, scale: f64, digits: usize| {
        value.map_or_else(dash, |value| format!("{:.digits$}", value * scale))
    };
    vec![
        sample.row.label.clone(),
        sample.n.to_string(),
        si(sample.tokens()[1]),
        number(sample.speed(), 1e-9, 1),
        number(ceilings.share(sample), 100.0, 0),
        number(sample.row.bytes_peak.map(|bytes| bytes as f64), 1.0 / f64::from(1 << 20), 1),
        number(Some(sample.spread()), 100.0, 0),
        sample.row.note.clone(),
    ]
}

/// The first letters, and an ellipsis where there were more.
pub(crate) fn short(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    text.chars().take(letters - 1).collect::<String>().trim_end().to_owned() + "…"
}
