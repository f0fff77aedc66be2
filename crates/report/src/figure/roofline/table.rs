//! Every point under the roofs: where it stands, and how near it comes.

use super::{Ceilings, Curve, Cut, Sample, threads_text, timing};
use crate::table::Table;

/// One line for each point, in the order of the panels; what has no FLOPs has no place and no line.
pub(super) fn table(panels: &[(Cut, Vec<Curve>)], ceilings: &Ceilings) -> Table {
    let headers = ["series", "width", "n", "FLOPs/byte", "GFLOP/s", "% of the roof"];
    let line = |cut: &Cut, sample: &Sample| {
        let (intensity, speed, share) = (sample.intensity()?, sample.speed()?, ceilings.share(sample)?);
        let noise = timing::noise(sample);
        Some(vec![
            sample.row.label.clone(),
            cut.width.to_string(),
            sample.n.to_string(),
            timing::three_digits(intensity),
            format!("{noise}{}", timing::three_digits(speed / 1e9)),
            format!("{noise}{:.0}", 100.0 * share),
        ])
    };
    let points = panels.iter().flat_map(|(cut, curves)| curves.iter().map(move |curve| (cut, curve)));
    let rows = points.flat_map(|(cut, curve)| curve.samples.iter().filter_map(move |sample| line(cut, sample)));
    Table {
        title: format!(
            "{}, {}; the roof: the lower of {:.0} GFLOP/s and {:.1} GB/s × FLOPs/byte; ~: noisy",
            timing::pass_text(panels[0].0.pass),
            threads_text(panels[0].0.threads),
            ceilings.peak / 1e9,
            ceilings.copy / 1e9
        ),
        headers: headers.map(str::to_owned).into(),
        rows: rows.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::scenes;
    use crate::figure::Spec;
    use crate::timing_fixture;

    #[test]
    fn each_point_says_how_near_the_roof_it_is() {
        let rows = timing_fixture::rows();
        let table = &scenes(&rows, &Spec::default()).unwrap()[0].table;
        // Two widths; seven labels with FLOPs at nine lengths, but for one that was refused, and one head at three more.
        assert_eq!(table.rows.len(), 2 * (7 * 9 - 1 + 12));
        assert!(table.rows.iter().all(|row| row[0] != "none" && row.len() == table.headers.len()));
        let line = |start: [&str; 3]| table.rows.iter().find(|row| row[..3] == start).expect("such a point");
        let linear = line(["linear", "64", "1024"]);
        let number = |cell: &str| cell.parse::<f64>().unwrap();
        let intensity = 2.0f64 * 64.0 * 64.0 * 4096.0 / (4.0 * (2.0 * 64.0 * 4096.0 + 64.0 * 64.0));
        assert!((number(&linear[3]) - intensity).abs() < 0.05, "{linear:?}");
        let roof = (2.0 * timing_fixture::PEAK).min(2.0 * timing_fixture::COPY * intensity) / 1e9;
        assert!((100.0 * number(&linear[4]) / roof - number(&linear[5])).abs() < 1.0, "{linear:?}");
        let noisy = line(["conv k3", "64", "256"]);
        assert!(noisy[4].starts_with('~') && noisy[5].starts_with('~') && !noisy[3].starts_with('~'), "{noisy:?}");
        assert!(table.title.contains("2 threads; the roof: the lower of 200 GFLOP/s and 50.0 GB/s"), "{}", table.title);
    }
}
