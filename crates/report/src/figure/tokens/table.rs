//! The drawn times by length, one line for each series, library and pass.

use super::{Curve, Cut, Fit, Quantity, Sample, distinct, si, threads_text, time_growth, timing};
use crate::table::{Table, dash};
use crate::timings::LAB;

/// `lengths` ascend; `peers` are those that are drawn with a curve. The exponent stands beside times alone.
pub(super) fn table<'a>(
    panels: &[(Cut, Vec<Curve<'a>>)],
    lengths: &[u64],
    quantity: Quantity,
    peers: impl Fn(Cut, &Curve) -> Vec<Sample<'a>>,
) -> Table {
    let mut lines: Vec<(String, Vec<String>)> = Vec::new();
    let mut others = false;
    for (cut, curves) in panels {
        let pass = timing::pass_text(cut.pass).to_owned();
        for curve in curves {
            let cells = lengths.iter().map(|n| {
                let failed = curve.failed.iter().any(|row| row.n == Some(*n));
                cell(&curve.samples, *n, quantity)
                    .unwrap_or_else(|| if failed { "not timed".to_owned() } else { dash() })
            });
            let growth = (quantity == Quantity::Time).then(|| time_growth(curve).map_or_else(dash, exponent));
            let cells = [curve.label.to_owned(), pass.clone()].into_iter().chain(cells).chain(growth).collect();
            lines.push((LAB.to_owned(), cells));
            let peers = peers(*cut, curve);
            let name = |peer: &Sample| format!("{} {}", peer.row.implementation, peer.row.version);
            for library in distinct(peers.iter().map(name)) {
                others = true;
                let own: Vec<_> = peers.iter().filter(|peer| name(peer) == library).copied().collect();
                let cells = lengths.iter().map(|n| cell(&own, *n, quantity).unwrap_or_else(dash));
                let cells = [curve.label.to_owned(), pass.clone()].into_iter().chain(cells).collect();
                lines.push((library, cells));
            }
        }
    }
    let growth = (quantity == Quantity::Time).then(|| "exponent of n".to_owned());
    let lengths = lengths.iter().map(|n| format!("n = {n}"));
    let mut headers: Vec<_> = ["series", "pass"].map(str::to_owned).into_iter().chain(lengths).chain(growth).collect();
    // A column that says the same in every line is left out.
    if others {
        headers.insert(1, "library".to_owned());
        lines.iter_mut().for_each(|(library, cells)| cells.insert(1, library.clone()));
    }
    let rows = lines.into_iter().map(|(_, cells)| cells).collect();
    Table { title: title(panels[0].0, quantity, others), headers, rows }
}

fn title(cut: Cut, quantity: Quantity, others: bool) -> String {
    let what = match quantity {
        Quantity::Tokens => "Tokens/s",
        Quantity::Time => "µs for a token",
    };
    let others = if others { "; of other libraries 90th less 10th percentile, timed in another run" } else { "" };
    let exponent = match quantity {
        Quantity::Tokens => "",
        Quantity::Time => "; exponent of the time of a sequence, ± half the 95\u{a0}% interval",
    };
    format!(
        "{what} by n, width {}, {}: median over rounds (third less first quartile of the time, of the \
         median{others}); ~: noisy{exponent}",
        cut.width,
        threads_text(cut.threads)
    )
}

/// `5.59 M (3 %)`; a length that was timed in several batch sizes has each. None where nothing was timed.
fn cell(samples: &[Sample], n: u64, quantity: Quantity) -> Option<String> {
    let shown = |sample: &Sample| {
        let value = quantity.of(sample)[1];
        let value = match quantity {
            Quantity::Tokens => si(value),
            Quantity::Time => timing::three_digits(value),
        };
        let spread = sample.row.seconds_low.zip(sample.row.seconds_high);
        let spread = spread.map_or_else(String::new, |_| format!(" ({:.0}\u{a0}%)", 100.0 * sample.spread()));
        format!("{}{value}{spread}", timing::noise(sample))
    };
    let cells: Vec<_> = samples.iter().filter(|sample| sample.n == n).map(shown).collect();
    (!cells.is_empty()).then(|| cells.join(" / "))
}

fn exponent(fit: Fit) -> String {
    match fit.half {
        Some(half) => format!("{:.2} ± {half:.2}", fit.slope),
        None => format!("{:.2}", fit.slope),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenes;
    use super::Quantity;
    use crate::figure::Spec;
    use crate::timing_fixture;

    fn line<'a>(rows: &'a [Vec<String>], start: &[&str]) -> &'a [String] {
        rows.iter().find(|row| row.iter().zip(start).all(|(cell, wanted)| cell == wanted)).expect("such a line")
    }

    #[test]
    fn tokens_of_each_library_and_pass_stand_under_their_lengths() {
        let table = &scenes(&timing_fixture::rows(), &Spec::default(), Quantity::Tokens).unwrap()[0].table;
        assert_eq!(table.headers[..4], ["series", "library", "pass", "n = 32"]);
        assert_eq!(table.headers.last().unwrap(), "n = 65536");
        // 9 labels and four peers of two of them, for each pass.
        assert_eq!(table.rows.len(), 2 * (9 + 2 * 4));
        let at = |start: &[&str], n: &str| {
            let column = table.headers.iter().position(|header| header == n).unwrap();
            line(&table.rows, start)[column].clone()
        };
        let lab = at(&["conv k3", "lab", "forward"], "n = 128");
        assert!(lab.ends_with(" M (6\u{a0}%)") && !lab.starts_with('~'), "{lab}");
        assert!(at(&["conv k3", "lab", "forward"], "n = 256").starts_with('~'));
        assert!(at(&["conv k3", "lab", "forward"], "n = 256").ends_with(" (70\u{a0}%)"));
        assert_eq!(at(&["conv k3", "lab", "forward"], "n = 16384"), "–");
        assert_eq!(at(&["mlp over time", "lab", "forward and backward"], "n = 8192"), "not timed");
        let peer = ["conv k3", "jax 0.10.2", "forward"];
        assert_eq!(at(&peer, "n = 32"), "–");
        let [ours, theirs] =
            [lab, at(&peer, "n = 128")].map(|cell| cell.split(' ').next().unwrap().parse::<f64>().unwrap());
        assert!((ours / theirs - 2.0).abs() < 0.01, "jax takes twice the time: {ours}, {theirs}");
        assert!(table.title.contains("width 64, 2 threads") && table.title.contains("90th less 10th percentile"));
    }

    #[test]
    fn times_have_an_exponent_and_no_peers() {
        let table = &scenes(&timing_fixture::rows(), &Spec::default(), Quantity::Time).unwrap()[0].table;
        assert_eq!((table.headers[1].as_str(), table.headers[2].as_str()), ("pass", "n = 32"));
        assert_eq!(table.headers.last().unwrap(), "exponent of n");
        assert_eq!(table.rows.len(), 9);
        assert!(line(&table.rows, &["linear over time"]).last().unwrap().contains(" ± "));
        let tokens = Spec { pass: "both".into(), ..Spec::default() };
        let tokens = &scenes(&timing_fixture::rows(), &tokens, Quantity::Tokens).unwrap()[0].table;
        let number = |cell: &str| cell.split(' ').next().unwrap().parse::<f64>().unwrap();
        let micro = number(&line(&table.rows, &["conv k7"])[2]);
        let kilo = number(&line(&tokens.rows, &["conv k7", "lab"])[3]);
        assert!((micro * kilo - 1000.0).abs() < 10.0, "one is the inverse of the other: {micro} µs, {kilo} k/s");
        assert!(!table.title.contains("percentile") && table.title.contains("exponent"), "{}", table.title);
    }
}
