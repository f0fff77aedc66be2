use super::*;
use crate::style::{Marker, tint};

fn points(count: usize) -> Scene {
    let mut scene = Scene { width: 100.0, height: 80.0, header: 20.0, series: "one".into(), ..Scene::default() };
    for index in 0..count {
        scene.marker((index as f64 / 7.0, 50.0), Marker::Circle, 7.0, (1, 2, 3), format!("one, {index}"));
    }
    scene
}

#[test]
fn many_points_have_titles_but_are_not_stepped_to() {
    for (count, steps) in [(STEPS, STEPS), (STEPS + 1, 0)] {
        let text = inline(&points(count), "p").into_string();
        assert_eq!(text.matches("tabindex").count(), steps);
        assert_eq!(text.matches("<title>one, ").count(), count);
        // A disc and the light edge around it: each outline is written once.
        assert_eq!(text.matches("<path id=\"p-o").count(), 2);
        assert_eq!(text.matches("<use ").count(), 2 * count);
        assert!(text.len() < 200 * count, "{} bytes for {count} points", text.len());
    }
}

#[test]
fn the_header_is_left_to_the_page() {
    let mut scene = points(1);
    scene.text(Text::new((0.0, 10.0), "title", 18.0, INK, Anchor::Start));
    scene.text(Text::new((0.0, 30.0), "body", 12.0, INK, Anchor::Start));
    let text = inline(&scene, "p").into_string();
    assert!(text.contains("viewBox=\"0 20 100 84\"") && text.contains(">body<") && !text.contains(">title<"));
}

#[test]
fn what_must_change_on_a_dark_page_has_no_colour_of_its_own() {
    let mut scene = Scene { series: "one".into(), ..Scene::default() };
    let line = vec![(0.0, 0.0), (1.0, 0.0)];
    let blue = crate::style::series(0).color;
    for color in [INK, MUTED, GRID, CARD, (0, 0, 0), tint(blue, 0.4), tint((0, 0, 0), 0.4)] {
        scene.path(line.clone(), color, 1.0, &[]);
    }
    let text = inline(&scene, "p").into_string();
    let colors: Vec<_> = text.split("color=\"").skip(1).map(|rest| rest.split('"').next().unwrap()).collect();
    assert_eq!(colors, ["#0072b2"], "of the group; the tint lets the page shine through");
    assert_eq!(text.matches("stroke-opacity=\"0.4\"").count(), 2);
}

#[test]
fn a_swatch_shows_line_and_marker() {
    let mut scene = points(1);
    scene.path(vec![(0.0, 0.0), (9.0, 0.0)], (1, 2, 3), 2.0, &[7.0, 3.0]);
    let text = swatch(&scene, "one").into_string();
    assert!(text.contains("stroke-dasharray=\"7 3\"") && text.matches("<path").count() == 2, "{text}");
    assert_eq!(swatch(&scene, "other").into_string().matches("<path").count(), 0);
}
