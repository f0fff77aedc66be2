//! DejaVu Sans from the binary itself: no font is looked for on the machine, so a figure is the same everywhere.

use std::sync::LazyLock;

use ab_glyph::{Font as _, FontRef, ScaleFont as _};
use plotters::style::{FontStyle, register_font};

/// Family name in SVG: what a viewer without DejaVu falls back to. Verdana has nearly the same widths, the rest is
/// narrower, so no fallback outgrows the space measured here.
pub(crate) const FAMILY: &str = "DejaVu Sans, Verdana, Helvetica, Arial, sans-serif";

struct Fonts {
    regular: FontRef<'static>,
    bold: FontRef<'static>,
}

static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let load = |style, bytes: &'static [u8]| {
        // Without this plotters refuses to draw, after having begun the file.
        assert!(register_font(FAMILY, style, bytes).is_ok(), "the embedded font is sound");
        FontRef::try_from_slice(bytes).expect("the embedded font is sound")
    };
    Fonts {
        regular: load(FontStyle::Normal, dejavu::sans::regular()),
        bold: load(FontStyle::Bold, dejavu::sans::bold()),
    }
});

/// The font, registered with plotters on first use.
pub(crate) fn font(bold: bool) -> &'static FontRef<'static> {
    if bold { &FONTS.bold } else { &FONTS.regular }
}

/// `ab_glyph` scales by ascent minus descent; figures speak of the em.
pub(crate) fn scale(bold: bool, em: f64) -> f32 {
    let font = font(bold);
    em as f32 * font.height_unscaled() / font.units_per_em().expect("DejaVu states its units")
}

/// Places each glyph of a line of text: `(glyph, x of its origin)`, and the width of the whole.
pub(crate) fn layout(text: &str, em: f64, bold: bool) -> (Vec<(ab_glyph::GlyphId, f32)>, f64) {
    let scaled = font(bold).as_scaled(scale(bold, em));
    let mut x = 0.0;
    let mut before = None;
    let mut glyphs = Vec::new();
    for glyph in text.chars().map(|letter| scaled.glyph_id(letter)) {
        x += before.map_or(0.0, |before| scaled.kern(before, glyph));
        glyphs.push((glyph, x));
        x += scaled.h_advance(glyph);
        before = Some(glyph);
    }
    (glyphs, f64::from(x))
}

/// Width of a line of text in pixels.
pub(crate) fn width(text: &str, em: f64, bold: bool) -> f64 {
    layout(text, em, bold).1
}

/// Breaks text at plain spaces (not at no-break spaces) into lines no wider than `limit`; a single longer word stands alone, cut with an ellipsis.
pub(crate) fn wrap(text: &str, em: f64, bold: bool, limit: f64) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        let longer = lines.last().map(|line| format!("{line} {word}"));
        match longer {
            Some(line) if width(&line, em, bold) <= limit => *lines.last_mut().expect("it has a last line") = line,
            _ => lines.push(cut(word, em, bold, limit)),
        }
    }
    lines
}

fn cut(word: &str, em: f64, bold: bool, limit: f64) -> String {
    if width(word, em, bold) <= limit {
        return word.to_owned();
    }
    let mut letters: Vec<char> = word.chars().collect();
    while letters.len() > 1 {
        letters.pop();
        let short: String = letters.iter().chain(&['…']).collect();
        if width(&short, em, bold) <= limit {
            return short;
        }
    }
    "…".to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_lines_keep_the_limit() {
        let lines = wrap("1/K = position-only oracle and a-word-that-fits-nowhere-at-all", 12.0, false, 90.0);
        assert!(lines.len() >= 3, "{lines:?}");
        assert!(lines.iter().all(|line| width(line, 12.0, false) <= 90.0), "{lines:?}");
        assert!(lines.last().unwrap().ends_with('…'), "{lines:?}");
    }

    /// The registered font is what plotters measures with: a name it does not know is an error.
    #[test]
    fn plotters_knows_the_font() {
        use plotters::style::{FontDesc, FontFamily};
        font(false);
        assert!(FontDesc::new(FontFamily::Name(FAMILY), 12.0, FontStyle::Bold).box_size("lag").unwrap().0 > 0);
        assert!(FontDesc::new(FontFamily::Name("Nowhere Sans"), 12.0, FontStyle::Bold).box_size("lag").is_err());
    }
}
