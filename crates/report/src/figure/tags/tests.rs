use super::*;
use crate::figure::apart::{assert_texts_apart, assert_tips_name_their_series};
use crate::maps_fixture;
use crate::scene::Shape;
use crate::style::{CARD, Color, ramp};

#[test]
fn texts_never_overlap() {
    let mut data = maps_fixture::data();
    for layers in [vec![], vec!["32".to_owned(), "a layer that was never run".to_owned()]] {
        let scenes = assert_texts_apart(scenes, &data, Spec { id: "tags".into(), layers, ..Spec::default() });
        assert_tips_name_their_series(&scenes);
    }
    // More columns than the usual width has room for, and a long name.
    let more = data.maps.iter().filter(|row| row.split == "trained, k = 4").cloned().collect::<Vec<_>>();
    data.maps.extend(more.into_iter().map(|row| Row { split: "trained, k = 3".into(), ..row }));
    data.maps.iter_mut().for_each(|row| row.label = row.label.replace("32", "attention with 32 heads, sinusoidal"));
    assert!(assert_texts_apart(scenes, &data, Spec::default())[0].width > WIDTH);
}

/// Width, height and pixels of each panel.
fn panels(scene: &Scene) -> Vec<(usize, usize, &[Color])> {
    let images = scene.items.iter().filter(|item| !item.tip.is_empty());
    let panel = |columns: usize, pixels: &'_ [Color]| (columns, pixels.len() / columns);
    images
        .filter_map(|item| match &item.shape {
            Shape::Image { columns, pixels, .. } => {
                let (width, height) = panel(*columns, pixels);
                Some((width, height, pixels.as_slice()))
            }
            _ => None,
        })
        .collect()
}

/// Rows hold as many columns as there are heads, and what is left for other steps: only what was asked for is drawn, as it is.
#[test]
fn a_panel_is_heads_by_answers() {
    let data = maps_fixture::data();
    let scene = scenes(&data, &Spec { layers: vec!["32".into(), "4".into()], ..Spec::default() }).unwrap().remove(0);
    let panels = panels(&scene);
    let sizes: Vec<_> = panels.iter().map(|(width, height, _)| (*width, *height)).collect();
    assert_eq!(sizes, [(1, 32), (4, 32), (8, 32), (32, 32), (1, 4), (4, 4), (8, 4), (32, 4)]);
    // 3 on its own answer, 1/4 on each of the three others, 1 elsewhere: of 4.75.
    let (own, other) = (ramp(3.0 / 4.75), ramp(0.25 / 4.75));
    assert_eq!(panels[5].2[..6], [own, other, other, other, other, own]);
    // One answer: 3 of 4, not all.
    assert_eq!(panels[4].2, [ramp(0.75); 4]);
    for title in ["4 heads, 8 answers", "4 heads, 1 answer", "32 heads, 32 answers", "seed 0"] {
        assert!(scene.words().contains(title), "{title}");
    }
    assert_eq!(scene.table.rows[5], ["4", "4", "4", "0.79", "0.63"]);
    assert_eq!(scene.table.rows[4][3..], ["0.75", "0.75"]);
    assert!(scene.description.contains("4: 4 heads, 8 answers, a head has"), "{}", scene.description);
}

#[test]
fn what_is_not_there_is_left_out_or_named() {
    let mut data = maps_fixture::data();
    data.maps.retain(|row| row.label != "4" || row.split != "trained, k = 8");
    data.maps.iter_mut().filter(|row| row.label == "1").for_each(|row| row.values.fill(0.0));
    let scene = scenes(&data, &Spec { layers: ["1", "4", "5"].map(String::from).into(), ..Spec::default() });
    let scene = scene.unwrap().remove(0);
    assert_eq!(panels(&scene).len(), 7);
    assert!(panels(&scene)[1].2.iter().all(|pixel| *pixel == CARD));
    assert_eq!(scene.table.rows[1], ["1", "1", "4", "0.00", "0.00"]);
    assert!(scene.words().contains("missing: 5 (no rows)"));
    // Without k in the split, rows of different k could not be told apart.
    data.maps.iter_mut().for_each(|row| row.split = "trained".into());
    let error = scenes(&data, &Spec::default()).unwrap_err();
    assert!(error.is_of_absence() && error.to_string().contains("maps.csv"), "{error}");
}
