//! Numbers as they stand in tables: few digits, always as wide.

/// Columns of a number.
pub const NUMBER: usize = 5;

/// Three digits or so, right-aligned in [`NUMBER`] columns.
pub fn number(value: f64) -> String {
    let text = match value.abs() {
        size if size < 9.995 => format!("{value:.2}"),
        size if size < 99.95 => format!("{value:.1}"),
        _ => format!("{value:.0}"),
    };
    format!("{:>NUMBER$}", unsigned(text))
}

/// With so many decimals, whatever its size.
pub fn decimals(value: f64, decimals: usize) -> String {
    unsigned(format!("{value:.decimals$}"))
}

/// What rounds to nothing has no sign.
fn unsigned(text: String) -> String {
    let is_nothing = text.starts_with('-') && !text.contains(|c: char| c.is_alphabetic() || ('1'..='9').contains(&c));
    if is_nothing { text[1..].to_owned() } else { text }
}

/// The first `count` of a vector's numbers.
pub fn vector(values: &[f64], count: usize) -> String {
    let shown: Vec<String> = values.iter().take(count).map(|value| number(*value)).collect();
    let more = if values.len() > count { " …" } else { "" };
    format!("{}{more}", shown.join(" "))
}

/// A share as percentage with one decimal, in 7 columns.
pub fn percent(share: f64) -> String {
    format!("{:>5.1} %", 100.0 * share)
}

/// A share as a bar of so many columns, in eighths of one.
pub fn bar(share: f64, columns: usize) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let eighths = ((share * (8 * columns) as f64).round() as usize).min(8 * columns);
    let bar = format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8]);
    format!("{bar:<columns$}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_equally_wide_and_have_no_sign_without_a_size() {
        for (value, text) in
            [(-0.001, " 0.00"), (-1.034, "-1.03"), (9.997, " 10.0"), (-99.97, " -100"), (f64::NEG_INFINITY, " -inf")]
        {
            assert_eq!(number(value), text);
        }
        assert_eq!(["0", "-3", "2", "-inf"], [-0.4, -2.6, 1.5, f64::NEG_INFINITY].map(|value| decimals(value, 0)));
        assert_eq!(vector(&[1.0, -2.5, 0.3], 2), " 1.00 -2.50 …");
        assert_eq!(vector(&[1.0, -2.5], 2), " 1.00 -2.50");
    }

    #[test]
    fn bars_are_as_long_as_shares() {
        assert_eq!(bar(1.0, 4), "████");
        assert_eq!(bar(0.5, 3), "█▌ ");
        assert_eq!(bar(0.0, 2), "  ");
        assert_eq!(bar(1.0 / 16.0, 2), "▏ ");
    }
}
