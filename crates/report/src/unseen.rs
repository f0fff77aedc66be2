//! Characters that nobody sees and that are obeyed all the same.

/// Whether a character is one that a terminal obeys, or that turns the direction of what stands around it: no text of results has
/// use for it, and what is printed could be made to look like something else. Ends of lines and tabs are none.
pub fn is_unseen(letter: char) -> bool {
    let turns = matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')
}

/// The text with a question mark for each byte of such a character, so that places in it stay where they are.
pub fn tamed(text: &str) -> String {
    let tame = |letter: char| if is_unseen(letter) { "?".repeat(letter.len_utf8()) } else { letter.to_string() };
    text.chars().map(tame).collect()
}

#[cfg(test)]
mod tests {
    use super::tamed;

    #[test]
    fn what_is_obeyed_is_a_question_mark_and_nothing_moves() {
        let text = "a\u{1b}[31m\u{9b}b\u{202e}c\n\té";
        assert_eq!(tamed(text), "a?[31m??b???c\n\té");
        assert_eq!(tamed(text).len(), text.len());
    }
}
