//! Figures and tables of the reach experiment as a whole.

#[path = "fixture/reach.rs"]
mod fixture;

use report::{Data, FigureError, Panel, Picture, Spec, figures, maps, scores, table};

fn spec(id: &str, kind: &str, title: &str, question: &str) -> Spec {
    Spec { id: id.into(), kind: kind.into(), title: title.into(), question: question.into(), ..Spec::default() }
}

fn map() -> Spec {
    let title = "Local receptive fields against the global connectivity of attention";
    spec("gradient-map", "gradient-map", title, "On which input steps does each output step depend?")
}

fn profile() -> Spec {
    let title = "How much of the gradient lies how far back";
    spec("profile-by-lag", "profile-by-lag", title, "Does training pull the field outwards?")
}

fn radius() -> Spec {
    let title = "The effective field grows as the square root of depth";
    spec("radius-by-depth", "radius-by-depth", title, "How much of what a stack of convolutions declares does it use?")
}

fn plane() -> Spec {
    let title = "Recall takes reach and wiring that the data sets";
    let question = "Reach alone does not recall: what recalls also looks at other steps for other inputs.";
    spec("reach-wiring-plane", "reach-wiring-plane", title, question)
}

/// Draws, and leaves the pictures in the folder `REPORT_FIGURES` if it is set.
fn drawn(data: &Data, specs: &[Spec]) -> Vec<(String, Picture)> {
    let pictures = figures(data, specs).unwrap();
    for (stem, picture) in &pictures {
        if let Some(folder) = std::env::var_os("REPORT_FIGURES") {
            picture.save(folder.as_ref(), stem).unwrap();
        }
    }
    pictures
}

#[test]
fn figures_are_complete_and_deterministic() {
    let data = fixture::data();
    let [(_, _), (groups, _), ..] = fixture::ways();
    let grouped = Spec { id: "gradient-map-grouped".into(), panels: groups.clone(), ..map() };
    let depths = Spec { id: "gradient-map-depths".into(), task: "stack".into(), ..map() };
    let apart = Spec { id: "profile-by-lag-grouped".into(), panels: groups, ..profile() };
    let stack = Spec { id: "profile-by-lag-depths".into(), task: "stack".into(), ..profile() };
    let question = Spec { id: "question-plane".into(), metric: "question_wiring".into(), ..plane() };
    let specs = [map(), grouped, depths, profile(), apart, stack, radius(), plane(), question];
    let pictures = drawn(&data, &specs);
    for spec in [map(), profile(), radius(), plane()] {
        let again = figures(&data, &[spec]).unwrap();
        assert!(pictures.contains(&again[0]), "{}: the same rows give the same bytes", again[0].0);
    }
    let svg = |stem: &str| &pictures.iter().find(|(other, _)| other == stem).unwrap().1.svg;
    assert_eq!(
        svg("gradient-map").matches("<image").count(),
        2 * fixture::SERIES.len() + 2,
        "maps, their scale, and what white means"
    );
    assert!(svg("gradient-map").contains("conv, 3 × k3, depth 3, trained: 10.4\u{a0}% of the 64 × 64 pairs"));
    assert!(svg("profile-by-lag").contains("reach ends at lag 14"));
    assert!(svg("profile-by-lag").contains("<title>line, per step, untrained, lag 0: 100\u{a0}% of the gradient"));
    assert!(svg("radius-by-depth").contains("conv k3 ReLU: depth^0.50\u{a0}±\u{a0}0.05"));
    assert!(svg("radius-by-depth").contains(
        "box kernel k3, depth 8: 2.31 steps (1 seed, √ law 2.31, declared field 17 steps, 4.90 if used evenly)"
    ));
    assert!(
        svg("reach-wiring-plane").contains(
            "attention, no positions: sees 64 of 64 steps, wiring 0.17 ± 0.05 untrained, 0.88 ± 0.05 trained"
        )
    );
    assert!(svg("question-plane").contains(
        "attention, no positions: sees 64 of 64 steps, question wiring 0.02 ± 0.05 untrained, 0.79 ± 0.05 trained"
    ));
    assert!(svg("reach-wiring-plane").contains("floor 1/K: 25\u{a0}%"));
    for stem in ["gradient-map", "profile-by-lag", "reach-wiring-plane"] {
        assert!(svg(stem).contains("missing: line, flattened trained (1 failed: refused: 2^27 weights)"), "{stem}");
    }
}

#[test]
fn what_was_asked_for_and_is_not_there_is_named() {
    let data = fixture::data();
    for spec in [map(), profile(), plane()] {
        let layers = vec!["conv, 3 × k3".to_owned(), "conv, k9".to_owned()];
        let pictures = figures(&data, &[Spec { layers, ..spec }]).unwrap();
        let svg = &pictures[0].1.svg;
        assert!(svg.contains("missing: conv, k9 (no rows)") && !svg.contains("flattened"), "{}", pictures[0].0);
        assert!(!svg.contains("rotary"), "{}: what was not asked for is not drawn", pictures[0].0);
    }
}

#[test]
fn without_rows_the_error_names_the_fix() {
    let data = fixture::data();
    for spec in [map(), profile(), radius(), plane()] {
        let layers = vec!["conv, k9".to_owned()];
        for (data, spec) in [(&Data::default(), spec.clone()), (&data, Spec { layers, ..spec.clone() })] {
            let error = figures(data, &[spec]).unwrap_err();
            assert!(matches!(error, FigureError::Nothing { .. }), "{error}");
            assert!(error.to_string().contains("correct `task` and `layers`"), "{error}");
        }
    }
    let error = figures(&data, &[Spec { task: "maps".into(), ..map() }]).unwrap_err().to_string();
    assert!(error.contains("task `maps` in maps.csv (tasks with rows: map, field, stack)"), "{error}");
}

/// A map of many steps has fewer pixels than steps, and says so; a diagonal stays a diagonal.
#[test]
fn a_long_map_keeps_its_lines() {
    let n = 512;
    let row = |output: u64| maps::Row {
        task: "map".into(),
        label: "line, per step".into(),
        n,
        output,
        values: (0..n).map(|input| f64::from(u8::from(input == output))).collect(),
        ..maps::Row::default()
    };
    let data = Data { maps: (0..n).map(row).collect(), ..Data::default() };
    let pictures = drawn(&data, &[Spec { id: "gradient-map-long".into(), ..map() }]);
    assert!(pictures[0].1.svg.contains("a pixel is the largest of 3 × 3 steps"));
    let lacking = Data { maps: data.maps[1..].to_vec(), ..Data::default() };
    let svg = &figures(&lacking, &[map()]).unwrap()[0].1.svg;
    assert!(svg.contains("some output steps are missing: line, per step"));
}

#[test]
fn the_table_has_a_line_for_each_trained_series() {
    insta::assert_snapshot!(table::reach(&fixture::data().scores).to_markdown(), @r"
    **reach and wiring: declared, measured, untrained → trained, mean of 3 seeds, ± half the 95 % interval**

    | layer                      | declared reach | lags seen | pairs wrong | gradient elsewhere, % |                    wiring |           question wiring |        Jacobian variation | recall |
    | -------------------------- | -------------: | --------: | ----------: | --------------------: | ------------------------: | ------------------------: | ------------------------: | -----: |
    | none                       |              0 |   1 of 64 |       0 + 0 |                 0 → 0 |                     0 → 0 |                     0 → 0 |                     0 → 0 |   0.03 |
    | line, per step             |              0 |   1 of 64 |       0 + 0 |                 0 → 0 |                     0 → 0 |                     0 → 0 |                     0 → 0 |   0.03 |
    | line, over time            |     everywhere |  64 of 64 |       0 + 0 |           29.5 → 59.1 |                     0 → 0 |                     0 → 0 |                     0 → 0 |   0.25 |
    | hinge, per step            |              0 |   1 of 64 |       0 + 0 |                 0 → 0 |                     0 → 0 |                     0 → 0 |                     0 → 0 |   0.03 |
    | hinge, over time           |     everywhere |  64 of 64 |       0 + 0 |           29.5 → 59.1 | 0.03 ± 0.05 → 0.05 ± 0.05 | 0.01 ± 0.03 → 0.01 ± 0.03 | 0.00 ± 0.00 → 0.00 ± 0.00 |   0.27 |
    | conv, 3 × k3               |           0..6 |   7 of 64 |       0 + 0 |           25.7 → 51.4 | 0.05 ± 0.05 → 0.06 ± 0.05 | 0.01 ± 0.03 → 0.01 ± 0.03 | 0.00 ± 0.00 → 0.00 ± 0.00 |   0.21 |
    | conv, 3 × k3 dilated       |          0..14 |  15 of 64 |       0 + 0 |           28.0 → 56.0 | 0.06 ± 0.05 → 0.08 ± 0.05 | 0.01 ± 0.03 → 0.01 ± 0.04 | 0.00 ± 0.00 → 0.01 ± 0.00 |   0.24 |
    | attention, no positions    |           past |  64 of 64 |       0 + 0 |           29.5 → 59.1 | 0.17 ± 0.05 → 0.88 ± 0.05 | 0.02 ± 0.05 → 0.79 ± 0.05 | 0.03 ± 0.00 → 0.77 ± 0.04 |   1.00 |
    | attention, rotary          |           past |  64 of 64 |       0 + 0 |           29.5 → 59.1 | 0.15 ± 0.05 → 0.85 ± 0.05 | 0.02 ± 0.04 → 0.77 ± 0.05 | 0.02 ± 0.00 → 0.72 ± 0.04 |   0.96 |
    | line, flattened (3 failed) |     everywhere |     error |           – |                 error |                     error |                     error |                     error |  error |
    ");
    assert_eq!(table::reach(&[]).rows, Vec::<Vec<String>>::new());
    // Rows of before these two metrics were measured.
    let mut older = fixture::data().scores;
    older.retain(|row| !["share_elsewhere", "question_wiring"].contains(&row.metric.as_str()));
    let table = table::reach(&older);
    assert_eq!([&table.headers[4], &table.headers[6]], ["gradient elsewhere, %", "question wiring"]);
    assert!(table.rows[..9].iter().all(|line| line[4] == "–" && line[6] == "–" && line[5] != "–"));
}

#[test]
fn closed_forms_stand_beside_what_was_measured() {
    let mut rows = fixture::data().scores;
    rows.retain(|row| row.label == "box kernel k3" || (row.label == "conv, 3 × k3" && row.task == "support"));
    rows.iter_mut().filter(|row| row.depth == Some(32)).for_each(|row| {
        row.value = None;
        row.error = "out of memory".into();
    });
    rows.iter_mut().filter(|row| row.seed == Some(2)).for_each(|row| row.value = row.value.map(|value| value + 3.0));
    rows.iter_mut().filter(|row| row.depth == Some(16)).for_each(|row| row.value = row.value.map(|value| value + 2e-8));
    insta::assert_snapshot!(table::exact(&rows).to_markdown(), @r"
    **measured numbers against their closed forms: mean of the seeds, largest difference of any**

    | layer         | depth |   n |                 what | measured | closed form | difference |
    | ------------- | ----: | --: | -------------------: | -------: | ----------: | ---------: |
    | conv, 3 × k3  |     3 |  64 |        lags declared |        8 |           7 |          3 |
    | conv, 3 × k3  |     3 |  64 |     lags by gradient |        8 |           7 |          3 |
    | conv, 3 × k3  |     3 |  64 | lags by perturbation |        8 |           7 |          3 |
    | box kernel k3 |     1 | 512 |            deviation | 0.816497 |    0.816497 |          0 |
    | box kernel k3 |     1 | 512 |   deviation over law |        1 |           1 |          0 |
    | box kernel k3 |     2 | 512 |            deviation | 1.154701 |    1.154701 |          0 |
    | box kernel k3 |     2 | 512 |   deviation over law |        1 |           1 |          0 |
    | box kernel k3 |     4 | 512 |            deviation | 1.632993 |    1.632993 |          0 |
    | box kernel k3 |     4 | 512 |   deviation over law |        1 |           1 |          0 |
    | box kernel k3 |     8 | 512 |            deviation | 2.309401 |    2.309401 |          0 |
    | box kernel k3 |     8 | 512 |   deviation over law |        1 |           1 |          0 |
    | box kernel k3 |    16 | 512 |            deviation | 3.265986 |    3.265986 |     2.0e-8 |
    | box kernel k3 |    16 | 512 |   deviation over law | 1.000000 |           1 |     2.0e-8 |
    | box kernel k3 |    32 | 512 |            deviation |    error |    4.618802 |      error |
    | box kernel k3 |    32 | 512 |   deviation over law |    error |           1 |      error |
    ");
}
