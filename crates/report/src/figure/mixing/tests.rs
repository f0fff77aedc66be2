use super::*;
use crate::figure::apart::{assert_texts_apart, assert_tips_name_their_series};
use crate::maps_fixture;
use crate::scene::Shape;

#[test]
fn texts_never_overlap() {
    let data = maps_fixture::data();
    for layers in [vec![], vec!["line, over time".to_owned(), "a layer that was never run".to_owned()]] {
        let scenes = assert_texts_apart(scenes, &data, Spec { id: "pair".into(), layers, ..Spec::default() });
        assert_tips_name_their_series(&scenes);
    }
}

fn of(data: &Data, layers: &[&str]) -> Scene {
    let layers = layers.iter().map(|label| (*label).to_owned()).collect();
    scenes(data, &Spec { layers, ..Spec::default() }).unwrap().remove(0)
}

fn maps(scene: &Scene) -> Vec<&Vec<Color>> {
    let images = scene.items.iter().filter(|item| !item.tip.is_empty());
    images.filter_map(|item| if let Shape::Image { pixels, .. } = &item.shape { Some(pixels) } else { None }).collect()
}

/// A line mixes both by one matrix; what attends does not, and both numbers are those of the scores.
#[test]
fn pairs_show_what_was_measured_and_how_far_it_is_apart() {
    let data = maps_fixture::data();
    let line = of(&data, &["line, over time"]);
    let squares = maps(&line);
    assert_eq!(squares.len(), 4);
    assert!(squares[0] == squares[1] && squares[2] == squares[3] && squares[0] != squares[2]);
    assert_eq!(line.words().matches("differ by 0.00").count(), 2);
    // Little is not nothing.
    assert_eq!([0.0, 0.001, 0.01, 0.4249].map(super::distance), ["0.00", "< 0.01", "0.01", "0.42"]);
    let scene = of(&data, &["attention, sinusoidal", "line, over time", "nobody"]);
    assert_ne!(maps(&scene)[2], maps(&scene)[3]);
    // Seeds 0 … 2: 0.75 ± 0.05.
    assert!(scene.words().contains("differ by 0.75") && scene.words().contains("mean of 3 seeds"));
    assert!(scene.words().contains("missing: nobody (no rows)"), "{}", scene.words());
    assert_eq!(scene.table.rows[0], ["attention, sinusoidal", "0.100", "0.750"]);
    assert_eq!(scene.table.rows[1], ["line, over time", "0.000", "0.000"]);
    assert!(scene.description.contains("attention, sinusoidal, after training: the two sequences differ by 0.75"));
}

/// One scale for all maps: a colour is a share, whatever else stands in its row.
#[test]
fn colours_are_shares() {
    let mut data = maps_fixture::data();
    let row = data.maps.iter_mut().find(|row| row.label == "line, over time" && row.output == 0).unwrap();
    row.values.fill(0.0);
    row.values[..3].copy_from_slice(&[0.1, 0.9, 1e-9]);
    let scene = of(&data, &["line, over time"]);
    assert_eq!(maps(&scene)[0][..4], [ramp(place(0.1)), ramp(place(0.9)), ramp(0.0), CARD]);
    assert_eq!([place(1.0), place(LOWEST), place(1e-9)], [1.0, 0.0, 0.0]);
    let one: &[f64] = &[0.0, 1.0];
    let other: &[f64] = &[0.25, 0.75];
    assert_eq!(pixels(&vec![Some(one), Some(other)], 2), (1, vec![ramp(1.0)]));
}

/// Older scores have no distances, and a run may lack a sequence; lengths have a picture each.
#[test]
fn what_is_not_there_is_left_out_or_named() {
    let mut data = maps_fixture::data();
    data.scores.clear();
    data.maps.retain(|row| row.split != "trained, sequence 2");
    let scene = of(&data, &["line, over time"]);
    assert!(!scene.words().contains("differ by") && scene.words().contains("no rows"), "{}", scene.words());
    assert_eq!(scene.table.rows[0][1..], ["–", "–"]);
    let longer: Vec<_> = data.maps.iter().map(|row| Row { n: 64, ..row.clone() }).collect();
    data.maps.extend(longer);
    let spec = Spec { id: "pair".into(), ..Spec::default() };
    let stems: Vec<_> = scenes(&data, &spec).unwrap().into_iter().map(|scene| scene.id).collect();
    assert_eq!(stems, ["pair-n16", "pair-n64"]);
    for (data, task) in [(&Data::default(), ""), (&data, "mixing nothing")] {
        let error = scenes(data, &Spec { task: task.into(), ..Spec::default() }).unwrap_err();
        assert!(error.is_of_absence() && error.to_string().contains("maps.csv"), "{error}");
    }
}
