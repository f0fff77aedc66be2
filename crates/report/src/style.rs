//! Colours, markers and dashes: never colour alone.

/// Red, green, blue.
pub type Color = (u8, u8, u8);

/// Text.
pub const INK: Color = (0x1F, 0x23, 0x28);
/// Secondary text, axes, floors.
pub const MUTED: Color = (0x59, 0x63, 0x6E);
/// Grid lines.
pub const GRID: Color = (0xE6, 0xE9, 0xED);
/// Background: every figure carries its own, so that it reads the same on a dark page.
pub const CARD: Color = (0xFD, 0xFD, 0xFC);
/// The `none` layer, which measures the shell around the layers.
pub const NONE: Color = (0x8C, 0x95, 0x9F);

/// Okabe and Ito, Color Universal Design (2008), without yellow: on white it has no contrast.
const COLORS: [Color; 7] = [
    (0x00, 0x72, 0xB2),
    (0xD5, 0x5E, 0x00),
    (0x00, 0x9E, 0x73),
    (0xCC, 0x79, 0xA7),
    (0xE6, 0x9F, 0x00),
    (0x56, 0xB4, 0xE9),
    (0x00, 0x00, 0x00),
];

const MARKERS: [Marker; 5] =
    [Marker::Circle, Marker::Square, Marker::Triangle, Marker::Diamond, Marker::DownwardTriangle];

/// On, off, on, off, … in pixels; empty is solid.
const DASHES: [&[f64]; 4] = [&[], &[7.0, 3.0], &[3.0, 2.5], &[8.0, 2.5, 2.0, 2.5]];

/// Dash of floors: dotted, as no series is.
pub const DOTS: &[f64] = &[1.0, 3.0];

/// Shape that stands at each measured point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// Disc.
    Circle,
    /// Square on its side.
    Square,
    /// Triangle, point up.
    Triangle,
    /// Square on its corner.
    Diamond,
    /// Triangle, point down.
    DownwardTriangle,
}

impl Marker {
    /// Corners around the origin for a marker about `size` pixels across; equal areas look equally heavy.
    pub fn outline(self, size: f64) -> Vec<(f64, f64)> {
        let half = size / 2.0;
        match self {
            Self::Circle => (0..20)
                .map(|corner| std::f64::consts::TAU * f64::from(corner) / 20.0)
                .map(|angle| (half * angle.cos(), half * angle.sin()))
                .collect(),
            Self::Square => {
                let side = half * 0.89;
                vec![(-side, -side), (side, -side), (side, side), (-side, side)]
            }
            Self::Diamond => {
                let corner = half * 1.25;
                vec![(0.0, -corner), (corner, 0.0), (0.0, corner), (-corner, 0.0)]
            }
            Self::Triangle => vec![(0.0, -1.35 * half), (1.17 * half, 0.67 * half), (-1.17 * half, 0.67 * half)],
            Self::DownwardTriangle => {
                vec![(0.0, 1.35 * half), (1.17 * half, -0.67 * half), (-1.17 * half, -0.67 * half)]
            }
        }
    }
}

/// The colour on the background at an opacity, as an opaque colour.
pub(crate) fn tint(color: Color, opacity: f64) -> Color {
    let mix = |ink: u8, card: u8| (opacity * f64::from(ink) + (1.0 - opacity) * f64::from(card)).round() as u8;
    (mix(color.0, CARD.0), mix(color.1, CARD.1), mix(color.2, CARD.2))
}

/// From light to dark in one hue, and so ordered without colour too: Blues of ColorBrewer (Brewer and Harrower, 2003)
/// without its lightest, which could not be told from the background.
const RAMP: [Color; 8] = [
    (0xDE, 0xEB, 0xF7),
    (0xC6, 0xDB, 0xEF),
    (0x9E, 0xCA, 0xE1),
    (0x6B, 0xAE, 0xD6),
    (0x42, 0x92, 0xC6),
    (0x21, 0x71, 0xB5),
    (0x08, 0x51, 0x9C),
    (0x08, 0x30, 0x6B),
];

/// The colour of a share 0 to 1 on a scale from light to dark; even 0 differs from the background.
pub(crate) fn ramp(share: f64) -> Color {
    let place = share.clamp(0.0, 1.0) * (RAMP.len() - 1) as f64;
    let below = (place as usize).min(RAMP.len() - 2);
    let (from, to, part) = (RAMP[below], RAMP[below + 1], place - below as f64);
    let mix = |from: u8, to: u8| (f64::from(from) + part * (f64::from(to) - f64::from(from))).round() as u8;
    (mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2))
}

/// The colour of a series, and the opacity, that this is a [`tint`] of.
///
/// A dark page mixes it with its own background.
pub(crate) fn tinted(color: Color) -> Option<(Color, f64)> {
    let opacities = (1..10).map(|tenth| f64::from(tenth) / 10.0);
    let mut pairs = opacities.flat_map(|opacity| COLORS.into_iter().chain([NONE]).map(move |full| (full, opacity)));
    pairs.find(|(full, opacity)| tint(*full, *opacity) == color)
}

/// How one series is drawn, everywhere it appears.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Style {
    /// Colour of line, marker and band.
    pub color: Color,
    /// Marker at each point.
    pub marker: Marker,
    /// Dash of the line.
    pub dash: &'static [f64],
}

/// The style of the `index`-th series. 7 colours, 5 markers and 4 dashes turn at once: 140 series differ, and
/// neighbours differ in all three.
pub fn series(index: usize) -> Style {
    Style {
        color: COLORS[index % COLORS.len()],
        marker: MARKERS[index % MARKERS.len()],
        dash: DASHES[index % DASHES.len()],
    }
}

/// The style of the `none` layer: grey.
pub fn none() -> Style {
    Style { color: NONE, marker: Marker::Circle, dash: &[] }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By luminance, as a grey print shows it.
    #[test]
    fn the_ramp_darkens_in_grey_too() {
        let luminance = |(r, g, b): Color| 0.2126 * f64::from(r) + 0.7152 * f64::from(g) + 0.0722 * f64::from(b);
        let greys: Vec<_> = (0..=100).map(|percent| luminance(ramp(f64::from(percent) / 100.0))).collect();
        assert!(greys.is_sorted_by(|light, dark| light > dark), "{greys:?}");
        assert!(luminance(CARD) - greys[0] > 15.0, "what is nearly 0 differs from the background");
    }

    #[test]
    fn tints_are_known_again() {
        assert_eq!(tinted(tint(COLORS[0], 0.4)), Some((COLORS[0], 0.4)));
        assert_eq!(tinted(tint(NONE, 0.4)), Some((NONE, 0.4)));
        assert!(COLORS.into_iter().chain([INK, MUTED, GRID]).all(|color| tinted(color).is_none()));
    }

    #[test]
    fn styles_differ_even_without_colour() {
        let styles: Vec<_> = (0..140).map(series).collect();
        for (index, one) in styles.iter().enumerate() {
            assert!(styles[..index].iter().all(|other| other != one), "{index}");
            let twenty = &styles[index.saturating_sub(19)..index];
            assert!(twenty.iter().all(|other| (other.marker, other.dash) != (one.marker, one.dash)), "{index}");
        }
    }
}
