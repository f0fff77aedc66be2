//! The drawn times by length, one line for each series, in the lab and in other libraries, and pass.

use super::{Curve, Cut, Fit, Quantity, Sample, distinct, si, threads_text, time_growth, timing};
use crate::table::{Table, dash};

/// `lengths` ascend; `peers` are those that are drawn with a curve. The exponent stands beside times alone.
pub(super) fn table<'a>(
    panels: &[(Cut, Vec<Curve<'a>>)],
    lengths: &[u64],
    quantity: Quantity,
    peers: impl Fn(Cut, &Curve) -> Vec<Sample<'a>>,
) -> Table {
    let mut rows = Vec::new();
    let mut others = false;
    for (cut, curves) in panels {
        for curve in curves {
            let failed = |n: u64| curve.failed.iter().any(|row| row.n == Some(n));
            let absent = |n: u64| if failed(n) { "not timed".to_owned() } else { dash() };
            let cells = lengths.iter().map(|n| cell(&curve.samples, *n, quantity).unwrap_or_else(|| absent(*n)));
            let growth = (quantity == Quantity::Time).then(|| time_growth(curve).map_or_else(dash, exponent));
            let start = [curve.label, cut.pass].map(str::to_owned).into_iter();
            rows.push(start.chain(cells).chain(growth).collect());
            let peers = peers(*cut, curve);
            let name = |peer: &Sample| format!("{} in {} {}", curve.label, peer.row.implementation, peer.row.version);
            for library in distinct(peers.iter().map(name)) {
                others = true;
                let own: Vec<_> = peers.iter().filter(|peer| name(peer) == library).copied().collect();
                let cells = lengths.iter().map(|n| cell(&own, *n, quantity).unwrap_or_else(dash));
                rows.push([library, cut.pass.to_owned()].into_iter().chain(cells).collect());
            }
        }
    }
    let growth = (quantity == Quantity::Time).then(|| "exponent of n".to_owned());
    let start = ["series", "pass"].map(str::to_owned).into_iter();
    let headers = start.chain(lengths.iter().map(|n| format!("n = {n}"))).chain(growth).collect();
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
        "{what} by n, width {}, {}: median over rounds (in brackets, in per cent of the median: third less \
         first quartile of the time{others}); ~: noisy{exponent}",
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
        assert_eq!(table.headers[..3], ["series", "pass", "n = 32"]);
        assert_eq!(table.headers.last().unwrap(), "n = 65536");
        // 9 labels and four peers of two of them, for each pass.
        assert_eq!(table.rows.len(), 2 * (9 + 2 * 4));
        let at = |start: &[&str], n: &str| {
            let column = table.headers.iter().position(|header| header == n).unwrap();
            line(&table.rows, start)[column].clone()
        };
        let lab = at(&["conv k3", "forward"], "n = 128");
        assert!(lab.ends_with(" M (6\u{a0}%)") && !lab.starts_with('~'), "{lab}");
        assert!(at(&["conv k3", "forward"], "n = 256").starts_with('~'));
        assert!(at(&["conv k3", "forward"], "n = 256").ends_with(" (70\u{a0}%)"));
        assert_eq!(at(&["conv k3", "forward"], "n = 16384"), "–");
        assert_eq!(at(&["mlp over time", "both"], "n = 8192"), "not timed");
        let peer = ["conv k3 in jax 0.10.2", "forward"];
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
        let kilo = number(&line(&tokens.rows, &["conv k7"])[2]);
        assert!((micro * kilo - 1000.0).abs() < 10.0, "one is the inverse of the other: {micro} µs, {kilo} k/s");
        assert!(!table.title.contains("percentile") && table.title.contains("exponent"), "{}", table.title);
    }
}
