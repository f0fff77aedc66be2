//! What probes found, as rows of `scores.csv` and `maps.csv`.

use std::collections::BTreeMap;

use report::scores::Row;
use report::{Data, maps, points, traces};

use super::{base_row, failed_row, task_row};
use crate::finished::{Finished, Outcome};
use crate::plan::{Job, Planned};

pub(super) fn data(experiment: &str, planned: &[Planned], finished: &[Option<Finished>]) -> Data {
    let mut data = Data::default();
    let is_probe = |plan: &Planned| matches!(plan.cell.job, Job::Probe { .. });
    for (plan, finished) in planned.iter().zip(finished).filter(|(plan, _)| is_probe(plan)) {
        let Some(finished) = finished else { continue };
        let base = base_row(experiment, plan);
        let found = match &finished.outcome {
            Ok(Outcome::Reach(found)) => found,
            Err(error) => {
                data.scores.push(failed_row(base, "", error));
                continue;
            }
            Ok(_) => unreachable!("a probe gives numbers"),
        };
        // Floors do not depend on layer and seed: each stands once, before the first number that is held against it.
        for floor in &found.floors {
            let row = Row {
                label: floor.name.clone(),
                metric: floor.metric.clone(),
                value: Some(floor.value),
                ..task_row(experiment, &plan.cell)
            };
            if !data.scores.contains(&row) {
                data.scores.push(row);
            }
        }
        data.scores.extend(found.numbers.iter().map(|number| Row {
            metric: number.metric.clone(),
            split: number.split.clone(),
            value: Some(number.value),
            expected: number.expected,
            ..base.clone()
        }));
        data.maps.extend(found.shares.iter().map(|shares| maps::Row {
            experiment: experiment.to_owned(),
            task: plan.cell.called.clone(),
            layer: plan.cell.layer.clone(),
            label: plan.cell.label.clone(),
            depth: plan.cell.model.depth as u64,
            split: shares.split.clone(),
            seed: plan.cell.seed,
            n: shares.values.len() as u64,
            output: shares.output as u64,
            values: shares.values.clone(),
        }));
        for point in &found.points {
            // What is true whatever the layer is found by every cell, and stands once.
            let truth = point.split.is_empty();
            let own = |text: &str| if truth { String::new() } else { text.to_owned() };
            let row = points::Row {
                experiment: experiment.to_owned(),
                task: plan.cell.called.clone(),
                layer: own(&plan.cell.layer),
                label: if truth { point.series.clone() } else { plan.cell.label.clone() },
                split: point.split.clone(),
                seed: (!truth).then_some(plan.cell.seed),
                n: base.n,
                series: point.series.clone(),
                name: point.name.clone(),
                x: point.x,
                y: point.y,
            };
            if !truth || !data.points.contains(&row) {
                data.points.push(row);
            }
        }
        data.traces.extend(found.traces.iter().map(|trace| traces::Row {
            experiment: experiment.to_owned(),
            task: plan.cell.called.clone(),
            layer: plan.cell.layer.clone(),
            label: plan.cell.label.clone(),
            split: trace.split.clone(),
            seed: plan.cell.seed,
            sequence: trace.sequence,
            block: trace.block.clone(),
            head: trace.head,
            part: traces::Part::of(&trace.part).expect("probes know the parts"),
            step: trace.step,
            answer: trace.answer.clone(),
            text: trace.text.clone(),
            values: trace.values.clone(),
        }));
    }
    let exponents = exponents(&data.scores);
    data.scores.extend(exponents);
    data
}

/// How the deviation of a series grows with its depth: the slope in logarithms, for each seed of a series that has a law to
/// be held against and was measured at three depths or more of one n.
fn exponents(rows: &[Row]) -> Vec<Row> {
    /// Label, split, n and seed.
    type Series<'a> = (&'a str, &'a str, Option<u64>, Option<u64>);
    let mut series: BTreeMap<Series<'_>, Vec<&Row>> = BTreeMap::new();
    let of_field =
        |row: &&Row| row.task == "field" && row.metric == "deviation" && row.expected.is_some() && !row.failed();
    for row in rows.iter().filter(of_field) {
        series.entry((&row.label, &row.split, row.n, row.seed)).or_default().push(row);
    }
    // In the order in which the series stand, not by name.
    let mut exponents: Vec<(usize, Row)> = Vec::new();
    for of_series in series.into_values() {
        let pairs: Vec<(f64, f64)> = of_series
            .iter()
            .filter_map(|row| Some((row.depth? as f64, row.value?)))
            .filter(|(_, deviation)| *deviation > 0.0)
            .collect();
        if pairs.len() < 3 {
            continue;
        }
        let first = of_series[0];
        let place = rows.iter().position(|row| std::ptr::eq(row, first)).unwrap_or_default();
        let value = Some(probes::field::exponent(&pairs));
        let row = Row {
            metric: "exponent".into(),
            depth: None,
            params: None,
            flops: None,
            reach: String::new(),
            expected: first.expected.map(|_| 0.5),
            value,
            ..first.clone()
        };
        exponents.push((place, row));
    }
    exponents.sort_by_key(|(place, _)| *place);
    exponents.into_iter().map(|(_, row)| row).collect()
}
