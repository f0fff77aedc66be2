//! The weights at the read-out, key by key, in numbers.

use crate::series::distinct;
use crate::table::{Table, dash};
use crate::traced::{Block, Head, Sequence};

/// A line for each key, a column for each head of the blocks that have the read-out among their queries.
pub(crate) fn table(sequence: &Sequence) -> Table {
    let step = sequence.read_out();
    let blocks: Vec<_> = sequence.blocks.iter().filter(|block| sequence.is_read_out(block)).collect();
    let heads: Vec<(&Block, &Head)> =
        blocks.iter().flat_map(|block| block.heads.iter().map(move |head| (*block, head))).collect();
    let name = |(block, head): &(&Block, &Head)| format!("{}/{}", block.name, head.index);
    let cell = |(block, head): &(&Block, &Head), keys: &[&str], key: usize| {
        let weight = head.weights.get(step).and_then(|row| row.get(key)).filter(|_| block.keys == keys);
        weight.map_or_else(dash, |weight| format!("{:.1}", 100.0 * weight))
    };
    // Blocks that look at other words, as a decoder at those of the encoder, have lines of their own.
    let lines = distinct(blocks.iter().map(|block| block.keys.as_slice())).into_iter().flat_map(|keys| {
        let line = |(key, word): (usize, &&str)| {
            let cells = heads.iter().map(|head| cell(head, keys, key));
            [format!("{key} {word}")].into_iter().chain(cells).collect::<Vec<_>>()
        };
        keys.iter().enumerate().map(line).collect::<Vec<_>>()
    });
    let word = sequence.words().get(step).copied().unwrap_or_default();
    Table {
        title: format!(
            "{}, {}, sequence {}: weights of the query of “{word}” (step {step}) on each key, %",
            sequence.label, sequence.split, sequence.sequence
        ),
        headers: ["key: step, word".to_owned()].into_iter().chain(heads.iter().map(name)).collect(),
        rows: lines.collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::table;
    use crate::trace_fixture;
    use crate::traced::sequences;

    #[test]
    fn columns_are_heads_and_sum_to_a_hundred() {
        let rows = trace_fixture::rows();
        for sequence in sequences(&rows) {
            let table = table(&sequence);
            let columns = if sequence.label == "two blocks" { 8 } else { 4 };
            assert_eq!(table.headers.len(), 1 + columns);
            for column in 1..=columns {
                let shares = table.rows.iter().filter_map(|row| row[column].parse::<f64>().ok());
                let (count, sum) = shares.fold((0, 0.0), |(count, sum), share| (count + 1, sum + share));
                assert!(count > 3 && (sum - 100.0).abs() < 0.05 * f64::from(count), "{sum} of {count}");
            }
        }
        let crossed = sequences(&rows).into_iter().find(|one| one.label == "encoder and decoder").unwrap();
        let table = table(&crossed);
        assert_eq!(table.rows.len(), 8, "four words of its own, four of the source");
        assert_eq!((table.rows[0][3].as_str(), table.rows[7][1].as_str()), ("–", "–"));
    }
}
