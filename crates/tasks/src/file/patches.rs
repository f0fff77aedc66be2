//! Images as steps: how many numbers a step has, and the numbers in the order of the steps.

use super::Settings;
use super::rows::Rows;
use crate::settings::TaskError;

/// Numbers of a step; with `side` and `patch`, each image of `rows` is put into the order of its patches.
///
/// # Errors
/// Sizes that do not divide each other.
pub(super) fn features(rows: &mut Rows, settings: &Settings) -> Result<usize, TaskError> {
    let width = rows.width;
    let features = match (rows.features, settings.features) {
        (Some(own), Some(given)) => {
            return Err(TaskError(format!("features = {given}: the NPY says that itself ({own}); leave it out")));
        }
        (own, given) => own.or(given).unwrap_or(1),
    };
    if !width.is_multiple_of(features) {
        return Err(TaskError(format!("features = {features} does not divide the {width} numbers of a sequence")));
    }
    let (side, patch) = match (settings.side, settings.patch) {
        (None, None) => return Ok(features),
        (Some(side), Some(patch)) => (side, patch),
        (Some(side), None) => {
            return Err(TaskError(format!("side = {side} without patch = …, and each needs the other")));
        }
        (None, Some(patch)) => {
            return Err(TaskError(format!("patch = {patch} without side = …, and each needs the other")));
        }
    };
    if features != 1 {
        return Err(TaskError(format!(
            "side = {side}: patches are cut from one number for each pixel, not {features}"
        )));
    }
    if side.checked_mul(side) != Some(width) {
        return Err(TaskError(format!(
            "side = {side}: an image of that side is not the {width} numbers of a sequence"
        )));
    }
    if !side.is_multiple_of(patch) {
        return Err(TaskError(format!("patch = {patch} does not divide side = {side}")));
    }
    let order = order(side, patch);
    let mut image = vec![0.0; width];
    for numbers in rows.numbers.chunks_exact_mut(width) {
        image.copy_from_slice(numbers);
        numbers.iter_mut().zip(&order).for_each(|(number, pixel)| *number = image[*pixel]);
    }
    Ok(patch * patch)
}

/// The pixels of an image in the order of its patches, row by row of patches, and of pixels in each.
fn order(side: usize, patch: usize) -> Vec<usize> {
    let corners = (0..side).step_by(patch).flat_map(|top| (0..side).step_by(patch).map(move |left| top * side + left));
    let pixels = (0..patch).flat_map(|row| (0..patch).map(move |column| row * side + column));
    corners.flat_map(|corner| pixels.clone().map(move |pixel| corner + pixel)).collect()
}
