//! Labels that do not overlap.

/// Moves centres apart along one axis until blocks of the given `sizes` stand side by side between `low` and `high`,
/// each as near to its wish as possible (least squares). The order of the wishes is kept, that of the input for equal
/// wishes. Where the blocks do not fit, they touch each other, start at `low` and run beyond `high`.
///
/// With each block's place in the pile subtracted, "no overlap" becomes "not descending": least squares under that
/// constraint is isotonic regression, solved by pooling neighbours that violate it.
pub fn spread(wishes: &[f64], sizes: &[f64], low: f64, high: f64) -> Vec<f64> {
    assert_eq!(wishes.len(), sizes.len(), "one size for each wish");
    let mut order: Vec<usize> = (0..wishes.len()).collect();
    order.sort_by(|a, b| wishes[*a].total_cmp(&wishes[*b]));
    let total: f64 = sizes.iter().sum();
    let mut below = 0.0;
    let mut offsets = Vec::new();
    let mut pools: Vec<(f64, usize)> = Vec::new();
    for &index in &order {
        let offset = below + sizes[index] / 2.0;
        below += sizes[index];
        offsets.push(offset);
        let mut pool = (wishes[index] - offset, 1);
        while let Some(&(mean, count)) = pools.last()
            && mean >= pool.0
        {
            pools.pop();
            pool = ((mean * count as f64 + pool.0 * pool.1 as f64) / (count + pool.1) as f64, count + pool.1);
        }
        pools.push(pool);
    }
    let starts = pools.iter().flat_map(|(mean, count)| std::iter::repeat_n(*mean, *count));
    let last_start = (high - total).max(low);
    let mut centres = vec![0.0; wishes.len()];
    for ((index, offset), start) in order.into_iter().zip(offsets).zip(starts) {
        centres[index] = start.clamp(low, last_start) + offset;
    }
    centres
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::spread;

    #[test]
    fn labels_that_have_room_stay() {
        assert_eq!(spread(&[80.0, 20.0, 50.0], &[15.0; 3], 0.0, 100.0), [80.0, 20.0, 50.0]);
    }

    #[test]
    fn a_crowd_stays_centred_and_keeps_its_order() {
        assert_eq!(spread(&[50.0, 50.0, 50.0], &[10.0; 3], 0.0, 100.0), [40.0, 50.0, 60.0]);
        assert_eq!(spread(&[99.0, 98.0], &[10.0; 2], 0.0, 100.0), [95.0, 85.0]);
    }

    proptest! {
        #[test]
        fn labels_never_overlap(blocks in prop::collection::vec((-50.0..650.0f64, 5.0..40.0f64), 1..15)) {
            let (wishes, sizes): (Vec<_>, Vec<_>) = blocks.into_iter().unzip();
            let centres = spread(&wishes, &sizes, 0.0, 600.0);
            let mut order: Vec<usize> = (0..wishes.len()).collect();
            order.sort_by(|a, b| centres[*a].total_cmp(&centres[*b]));
            for pair in order.windows(2) {
                let (a, b) = (pair[0], pair[1]);
                prop_assert!(centres[b] - centres[a] >= (sizes[a] + sizes[b]) / 2.0 - 1e-9);
                prop_assert!(wishes[a] <= wishes[b]);
            }
            for (centre, size) in centres.iter().zip(&sizes) {
                prop_assert!(centre - size / 2.0 >= -1e-9 && centre + size / 2.0 <= 600.0 + 1e-9);
            }
        }
    }
}
