//! How the cost grows with the length, and how far one step is from another, beside the printed table.

use super::{Table, dash};
use crate::fit::Fit;
use crate::scores;
use crate::timings::{
    Curve, Cut, Missing, Row, TASK, WIDTH, curves, flops_growth, labels, most_threads, threads_text, time_growth,
};

/// A layer of one of the two inputs: its growth, if it was timed, and its paths, if they are there.
struct Line<'a> {
    label: &'a str,
    layer: &'a str,
    options: &'a str,
}

/// One line for each layer, at width 64 and the largest number of threads.
///
/// Complexity, sequential operations and the printed path are those of Vaswani et al. 2017, "Attention Is All You
/// Need", table 1, and of our own where that has no entry (marked `*`). Exponents of n are fitted to the time of a
/// sequence at the last four lengths of 512 … 8192, ± half the 95 % Student-t interval. That of the FLOPs is fitted to
/// what the layer declares for forward and backward (forward alone, where both were not timed) at the same lengths; it is
/// exact, and has no interval. The last column is the number of layers in a row until the first step touches the last,
/// computed from the declared reach: the rows of `paths` with metric `path`. Layers that only these rows have get a line
/// too.
///
/// # Errors
/// [`Missing`], where nothing was timed.
pub fn scaling(rows: &[Row], paths: &[scores::Row]) -> Result<Table, Missing> {
    let threads = most_threads(rows);
    let at = |pass| curves(rows, Cut { width: WIDTH, pass, threads }, &[]);
    let passes = match (at("forward"), at("both")) {
        (Err(missing), Err(_)) => return Err(missing),
        (forward, both) => [forward.unwrap_or_default(), both.unwrap_or_default()],
    };
    let paths: Vec<_> =
        paths.iter().filter(|row| row.task == TASK && row.metric == "path" && !row.is_floor()).collect();
    let mut lines: Vec<Line> = Vec::new();
    let timed = labels(rows).into_iter().filter_map(|label| passes.iter().flatten().find(|curve| curve.label == label));
    lines.extend(timed.map(|curve| Line { label: curve.label, layer: curve.layer, options: curve.options }));
    for row in &paths {
        if lines.iter().all(|line| line.label != row.label) {
            lines.push(Line { label: &row.label, layer: &row.layer, options: &row.options });
        }
    }
    let headers = [
        "layer",
        "complexity per layer",
        "n-exponent, FLOPs",
        "n-exponent, time forward",
        "n-exponent, time both",
        "sequential operations",
        "longest path",
        "longest path, from the declared reach",
    ];
    let cells = |line: &Line| {
        let of = |pass: usize| passes[pass].iter().find(|curve| curve.label == line.label);
        let growth =
            |curve: Option<&Curve>, fit: fn(&Curve) -> Option<Fit>| curve.and_then(fit).map_or_else(dash, shown);
        let entry = entry(line);
        vec![
            line.label.to_owned(),
            entry.complexity.to_owned(),
            [1, 0].into_iter().find_map(|pass| flops_growth(of(pass)?)).map_or_else(dash, exact),
            growth(of(0), time_growth),
            growth(of(1), time_growth),
            entry.sequential.to_owned(),
            entry.path.to_owned(),
            path(&paths, line.label),
        ]
    };
    let title = format!(
        "Growth with n at width {WIDTH}, {}; O(…) from Vaswani et al. 2017, table 1 (its attention leaves \
         out the projections, n·d²), ours marked *; exponents over the last four of n = 512 … 8192; path: layers until the first \
         step touches the last",
        threads_text(threads)
    );
    Ok(Table { title, headers: headers.map(str::to_owned).into(), rows: lines.iter().map(cells).collect() })
}

struct Entry {
    complexity: &'static str,
    sequential: &'static str,
    path: &'static str,
}

fn entry(line: &Line) -> Entry {
    let over = |what: &str| line.options.contains(&format!("over = \"{what}\""));
    let (complexity, path) = match line.layer {
        // A state hands what it knows from step to step: one layer, and as many operations as steps.
        "gru" => return Entry { complexity: "O(n·d²)", sequential: "O(n)", path: "O(n)" },
        "attention" => ("O(n²·d)", "O(1)"),
        // The table's "restricted" one, r = window.
        "window-attention" => ("O(r·n·d)", "O(n/r)"),
        "linear-attention" => ("O(n·d²)*", "O(1)*"),
        "long-conv" => ("O(n·log² n·d)*", "O(1)*"),
        "conv" if dilated(line.options) => ("O(k·n·d²)", "O(log_k n)"),
        "conv" => ("O(k·n·d²)", "O(n/k)"),
        "linear" | "mlp" if over("time") => ("O(n²·d)*", "O(1)*"),
        "linear" if over("mean") => ("O(n·d)*", "O(1)*"),
        "linear" if over("flattened") => ("O(n²·d²)*", "O(1)*"),
        "linear" | "mlp" => ("O(n·d²)*", "none*"),
        "none" => ("O(1)*", "none*"),
        _ => return Entry { complexity: "–", sequential: "–", path: "–" },
    };
    Entry { complexity, sequential: if path.ends_with('*') { "O(1)*" } else { "O(1)" }, path }
}

/// Whether kernels lie apart: any dilation above 1.
fn dilated(options: &str) -> bool {
    let list = options.split("dilations = [").nth(1).and_then(|rest| rest.split(']').next());
    list.is_some_and(|list| {
        list.split(',').any(|dilation| dilation.trim().parse().is_ok_and(|dilation: u64| dilation > 1))
    })
}

/// FLOPs are declared, not measured: what a straight line leaves over is no uncertainty.
fn exact(fit: Fit) -> String {
    shown(Fit { half: None, ..fit })
}

fn shown(fit: Fit) -> String {
    match fit.half {
        Some(half) if half >= 0.005 => format!("{:.2} ± {half:.2}", fit.slope),
        _ => format!("{:.2}", fit.slope),
    }
}

/// The path at the largest length.
fn path(paths: &[&scores::Row], label: &str) -> String {
    let longest = paths.iter().filter(|row| row.label == label && row.value.is_some()).max_by_key(|row| row.n);
    let text = |row: &&scores::Row| Some(format!("{} at n = {}", row.value?, row.n?));
    longest.and_then(text).unwrap_or_else(dash)
}
