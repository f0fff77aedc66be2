//! Text made from results, put between markers in a Markdown page.
//!
//! A block begins with a line `<!-- lab:begin NAME (made by …) -->` and ends with `<!-- lab:end NAME -->`. What stands
//! between belongs to the tool. Markers inside fenced code are text, so that a page can show how they look.

/// Why a page was refused. Lines count from 1.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum SpliceError {
    /// The page has no such block.
    #[error("no block `{name}`: add the lines `<!-- lab:begin {name} (made by …) -->` and `<!-- lab:end {name} -->`")]
    Missing {
        /// The block.
        name: String,
    },
    /// A block without its end.
    #[error("line {line}: `lab:begin {name}` has no `<!-- lab:end {name} -->` below it")]
    NoEnd {
        /// The block.
        name: String,
        /// Where it begins.
        line: usize,
    },
    /// An end without its begin.
    #[error("line {line}: `lab:end {name}` has no `<!-- lab:begin {name} (made by …) -->` above it")]
    NoBegin {
        /// The block.
        name: String,
        /// Where it ends.
        line: usize,
    },
    /// A block inside or across another.
    #[error(
        "line {line}: marker of `{name}` inside block `{around}`, which began on line {began}; end `{around}` first"
    )]
    Nested {
        /// The block that is misplaced.
        name: String,
        /// Where.
        line: usize,
        /// The block around it.
        around: String,
        /// Where that began.
        began: usize,
    },
    /// Two blocks of the same name.
    #[error("lines {first} and {second}: block `{name}` stands twice; rename or remove one")]
    Duplicate {
        /// The block.
        name: String,
        /// First begin.
        first: usize,
        /// Second begin.
        second: usize,
    },
    /// A marker that names nothing, or lacks its end `-->`.
    #[error("line {line}: `{text}` is not a whole marker; write `<!-- lab:begin NAME (made by …) -->` on one line")]
    Malformed {
        /// Where.
        line: usize,
        /// The line.
        text: String,
    },
    /// The new text would not stay between its markers.
    #[error("the new text of block `{name}` holds markers or an open code fence, so it could not be replaced again")]
    Body {
        /// The block.
        name: String,
    },
}

struct Block<'a> {
    name: &'a str,
    /// Index of the begin line.
    begin: usize,
    /// Index of the end line.
    end: usize,
}

/// Names of the blocks of a page, in order.
///
/// # Errors
/// Markers that are unpaired, nested, repeated or malformed.
pub fn names(page: &str) -> Result<Vec<String>, SpliceError> {
    let lines: Vec<&str> = page.lines().collect();
    Ok(scan(&lines)?.into_iter().map(|block| block.name.to_owned()).collect())
}

/// The page with the text of one block replaced. Doing it twice changes nothing more; all else stays byte for byte.
///
/// # Errors
/// As [`names`], and when the block is missing or `body` would break the page.
pub fn splice(page: &str, name: &str, body: &str) -> Result<String, SpliceError> {
    let lines: Vec<&str> = page.split_inclusive('\n').collect();
    let blocks = scan(&lines)?;
    let missing = || SpliceError::Missing { name: name.to_owned() };
    let block = blocks.iter().find(|block| block.name == name).ok_or_else(missing)?;
    let body: Vec<&str> = body.trim_matches('\n').lines().collect();
    let fences = body.iter().filter(|line| fence(line).is_some()).count();
    if body.iter().any(|line| line.contains("<!-- lab:")) || fences % 2 == 1 {
        return Err(SpliceError::Body { name: name.to_owned() });
    }
    let end = if lines[block.begin].ends_with("\r\n") { "\r\n" } else { "\n" };
    // Blank lines around it: a Markdown table directly under a comment is not a table.
    let between = format!("{end}{}{end}{end}", body.join(end));
    Ok([&lines[..=block.begin], &[between.as_str()], &lines[block.end..]].concat().concat())
}

/// The fence that opens or closes code on this line.
fn fence(line: &str) -> Option<&str> {
    let line = line.trim_start();
    ["```", "~~~"].into_iter().find(|fence| line.starts_with(fence))
}

fn scan<'a>(lines: &[&'a str]) -> Result<Vec<Block<'a>>, SpliceError> {
    let mut blocks: Vec<Block> = Vec::new();
    let mut open: Option<(&str, usize)> = None;
    let mut code: Option<&str> = None;
    for (index, line) in lines.iter().enumerate() {
        if let Some(fence) = fence(line) {
            code = match code {
                None => Some(fence),
                Some(other) if other == fence => None,
                inside => inside,
            };
        }
        let Some(marker) = line.trim().strip_prefix("<!-- lab:").filter(|_| code.is_none()) else { continue };
        let malformed = || SpliceError::Malformed { line: index + 1, text: line.trim().to_owned() };
        let marker = marker.strip_suffix("-->").ok_or_else(malformed)?;
        let mut words = marker.split_whitespace();
        let (Some(verb), Some(name)) = (words.next(), words.next()) else { return Err(malformed()) };
        match (verb, open) {
            ("begin", None) => {
                if let Some(first) = blocks.iter().find(|block| block.name == name) {
                    let (first, second) = (first.begin + 1, index + 1);
                    return Err(SpliceError::Duplicate { name: name.to_owned(), first, second });
                }
                open = Some((name, index));
            }
            ("end", Some((around, begin))) if around == name => {
                blocks.push(Block { name, begin, end: index });
                open = None;
            }
            ("end", None) => return Err(SpliceError::NoBegin { name: name.to_owned(), line: index + 1 }),
            ("begin" | "end", Some((around, began))) => {
                let (name, around) = (name.to_owned(), around.to_owned());
                return Err(SpliceError::Nested { name, line: index + 1, around, began: began + 1 });
            }
            _ => return Err(malformed()),
        }
    }
    match open {
        Some((name, begin)) => Err(SpliceError::NoEnd { name: name.to_owned(), line: begin + 1 }),
        None => Ok(blocks),
    }
}
