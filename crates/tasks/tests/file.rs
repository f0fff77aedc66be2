//! `file`: what is read is what stands in the file, splits share nothing, and floors see what stands twice.

use std::collections::BTreeSet;
use std::path::Path;

use ndarray::{Array1, Array2, Array3, ShapeBuilder, array};
use ndarray_npy::write_npy;
use tasks::file::Settings;
use tasks::{Answer, File, Sequence, Split, Task};

const SPLITS: [Split; 3] = [Split::Train, Split::Validation, Split::Test];

fn open(settings: &str, root: &Path) -> File {
    let settings: Settings = settings.parse::<toml::Table>().unwrap().try_into().unwrap();
    File::open(settings, root).unwrap_or_else(|error| panic!("{error}"))
}

fn of_csv(csv: &str, settings: &str) -> File {
    open(&format!("csv = '''{csv}'''\n{settings}"), Path::new(""))
}

/// Sequence i has the one number i, and the label i modulo 2.
fn counted(count: usize, settings: &str) -> File {
    let rows: String = (0..count).map(|i| format!("{i},{}\n", i % 2)).collect();
    of_csv(&format!("t0,label\n{rows}"), settings)
}

/// The numbers of so many sequences of a split.
fn numbers(task: &File, seed: u64, split: Split, indices: std::ops::Range<u64>) -> Vec<usize> {
    indices.map(|index| task.sequence(seed, split, index).values[0] as usize).collect()
}

fn set(numbers: Vec<usize>) -> BTreeSet<usize> {
    numbers.into_iter().collect()
}

fn classes(task: &File, split: Split, count: u64) -> Vec<String> {
    let answer = |sequence: Sequence| task.word_of(sequence.targets[0].answer);
    (0..count).map(|index| answer(task.sequence(0, split, index))).collect()
}

#[test]
fn a_csv_is_read_as_it_stands() {
    let csv = "t0,t1,split,label\n1,-2.5,train,no\n3,4,test, yes\n5e-1,6,validation,no\n";
    let task = of_csv(csv, "");
    assert_eq!((task.time(), task.values(), task.classes(), task.vocabularies()), (2, 1, 2, vec![]));
    for (split, numbers, word) in
        [(Split::Train, [1.0, -2.5], "no"), (Split::Test, [3.0, 4.0], "yes"), (Split::Validation, [0.5, 6.0], "no")]
    {
        let sequence = task.sequence(0, split, 7);
        assert_eq!(sequence.values, numbers);
        assert_eq!((sequence.targets[0].step, task.word_of(sequence.targets[0].answer)), (1, word.to_owned()));
    }
}

/// As numbers 10 comes after 9, as words before it; one `x` makes all of them words.
#[test]
fn classes_are_integers_in_their_order_or_words_in_theirs() {
    let words = |labels: [&str; 4]| {
        let rows: Vec<String> = labels.iter().map(|label| format!("{label},0")).collect();
        let task = of_csv(&format!("label,t0\n{}", rows.join("\n")), "validation_share = 0.25\ntest_share = 0.25");
        (0..task.classes()).map(|class| task.word_of(Answer::Class(class))).collect::<Vec<_>>()
    };
    assert_eq!(words(["10", "9", "-1", "09"]), ["-1", "9", "10"]);
    assert_eq!(words(["10", "9", "x", "09"]), ["09", "10", "9", "x"]);
}

#[test]
fn shares_are_cut_from_an_order_that_the_data_seed_alone_draws() {
    let task = counted(50, "validation_share = 0.1\ntest_share = 0.3");
    let parts: Vec<BTreeSet<usize>> =
        SPLITS.iter().zip([30, 5, 15]).map(|(split, count)| set(numbers(&task, 0, *split, 0..count))).collect();
    assert_eq!(parts.iter().map(BTreeSet::len).collect::<Vec<_>>(), [30, 5, 15]);
    assert_eq!(parts.iter().flatten().collect::<BTreeSet<_>>().len(), 50, "a sequence stands in two splits");
    for seed in [1, 2] {
        assert_eq!(set(numbers(&task, seed, Split::Train, 0..30)), parts[0]);
        assert_eq!(numbers(&task, seed, Split::Test, 0..15), numbers(&task, 0, Split::Test, 0..15));
    }
    let other = counted(50, "validation_share = 0.1\ntest_share = 0.3\ndata_seed = 1");
    assert_ne!(set(numbers(&other, 0, Split::Test, 0..15)), parts[2]);
}

/// Rows that are sorted by label must not come so.
#[test]
fn training_passes_through_all_before_one_comes_again() {
    for count in [5, 6, 30, 31, 64] {
        let rows: String = (0..count).map(|i| format!("{i},{},train\n", i * 2 / count)).collect();
        let task = of_csv(&format!("t0,label,split\n{rows}0,0,test\n0,0,validation"), "");
        let pass = |seed: u64, pass: u64| numbers(&task, seed, Split::Train, pass * count..(pass + 1) * count);
        let all: BTreeSet<usize> = (0..count as usize).collect();
        assert!((0..6).all(|seed| (0..6).all(|number| set(pass(seed, number)) == all)), "{count} sequences");
        assert!((1..6).any(|number| pass(0, number) != pass(0, 0)), "every pass has one order");
        assert!((1..6).any(|seed| pass(seed, 0) != pass(0, 0)), "every seed has one order");
        assert_ne!(pass(0, 0), (0..count as usize).collect::<Vec<_>>());
    }
}

#[test]
fn an_image_is_read_patch_by_patch() {
    let head: Vec<String> = (0..16).map(|i| format!("t{i}")).collect();
    let image: Vec<String> = (0..16).map(|i| i.to_string()).collect();
    let csv = ["train,a", "test,b", "validation,b"].map(|row| format!("{row},{}\n", image.join(","))).concat();
    let csv = format!("split,label,{}\n{csv}", head.join(","));
    let patches = of_csv(&csv, "side = 4\npatch = 2");
    assert_eq!((patches.time(), patches.values()), (4, 4));
    let by_hand = [[0, 1, 4, 5], [2, 3, 6, 7], [8, 9, 12, 13], [10, 11, 14, 15]].concat();
    assert_eq!(patches.sequence(0, Split::Test, 0).values, by_hand.iter().map(|x| *x as f32).collect::<Vec<_>>());
    let rows = of_csv(&csv, "features = 4");
    assert_eq!((rows.time(), rows.values()), (4, 4));
    assert_eq!(rows.sequence(0, Split::Test, 0).values, (0..16u8).map(f32::from).collect::<Vec<_>>());
}

#[test]
fn symbols_have_a_vocabulary_for_each_channel() {
    let csv = "split,label,t0,t1,t2,t3\ntrain,a,0,7,1,0\nvalidation,b,1,1,1,1\ntest,b,2,1,0,9\n";
    let task = of_csv(csv, "tokens = true\nfeatures = 2");
    assert_eq!((task.vocabularies(), task.values(), task.time()), (vec![3, 10], 0, 2));
    let sequence = task.sequence(0, Split::Test, 0);
    assert_eq!((sequence.tokens, sequence.values), (vec![2, 1, 0, 9], vec![]));
}

#[test]
fn an_npy_is_read_whatever_its_type_and_order() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let x = Array3::from_shape_fn((10, 3, 2), |(i, t, f)| (100 * i + 10 * t + f) as f32);
    let fortran = Array3::from_shape_fn((10, 3, 2).f(), |at| f64::from(x[at]));
    assert!(!fortran.is_standard_layout());
    write_npy(at("x.npy"), &x).unwrap();
    write_npy(at("fortran.npy"), &fortran).unwrap();
    write_npy(at("short.npy"), &x.mapv(|x| x as i16)).unwrap();
    write_npy(at("flat.npy"), &Array2::from_shape_fn((10, 6), |(i, k)| (100 * i + 10 * (k / 2) + k % 2) as u64))
        .unwrap();
    write_npy(at("y.npy"), &Array1::from_iter((0..10i64).map(|i| i - 5))).unwrap();
    write_npy(at("unsigned.npy"), &array![3u8, 4, 3, 4, 3, 4, 3, 4, 3, 4]).unwrap();
    let of = |name: &str, labels: &str| open(&format!("path = '{name}'\nlabels = '{labels}'"), folder.path());
    let first = of("x.npy", "y.npy");
    assert_eq!((first.time(), first.values(), first.classes()), (3, 2, 10));
    for index in 0..6 {
        let sequence = first.sequence(0, Split::Train, index);
        let which = sequence.values[0] as usize / 100;
        let row = x.index_axis(ndarray::Axis(0), which);
        assert_eq!(sequence.values, row.iter().copied().collect::<Vec<_>>());
        assert_eq!(first.word_of(sequence.targets[0].answer), (which as i64 - 5).to_string());
        for name in ["fortran.npy", "short.npy"] {
            assert_eq!(of(name, "y.npy").sequence(0, Split::Train, index), sequence, "{name}");
        }
        let flat = of("flat.npy", "y.npy");
        assert_eq!((flat.time(), flat.values()), (6, 1));
        assert_eq!(flat.sequence(0, Split::Train, index).values, sequence.values);
    }
    assert_eq!(of("x.npy", "unsigned.npy").word_of(Answer::Class(1)), "4");
}

/// Training has 0 and 2; the test has 100, which takes no part.
#[test]
fn training_alone_says_what_is_standard() {
    let csv = "split,label,t0\ntrain,a,0\ntrain,b,2\nvalidation,a,1\ntest,b,100\n";
    let task = of_csv(csv, "standardise = true");
    assert_eq!(task.sequence(0, Split::Validation, 0).values, [0.0]);
    assert_eq!(task.sequence(0, Split::Test, 0).values, [99.0]);
}

/// Tests are b, a, b, b, a: always saying b is right in 3 of 5. Knowing that 7 is a makes it 4; knowing of 1 that it is b
/// makes none right that was wrong.
#[test]
fn what_stands_in_training_too_has_a_floor() {
    let tests = ["b,1", "a,1", "b,5", "b,6", "a,7"].map(|row| format!("test,{row}\n")).concat();
    let of = |known: &str| {
        of_csv(&format!("split,label,t0\ntrain,{known}\ntrain,a,2\ntrain,b,3\nvalidation,a,4\n{tests}"), "")
    };
    let floors = |known: &str| {
        let floors = of(known).floors(0);
        floors.into_iter().map(|floor| (floor.name, floor.accuracy)).collect::<Vec<_>>()
    };
    assert_eq!(floors("a,9"), [("majority class", 0.6), ("1/classes", 0.5)]);
    assert_eq!(floors("a,7"), [("by heart", 0.8), ("majority class", 0.6), ("1/classes", 0.5)]);
    assert_eq!(floors("b,7"), [("majority class", 0.6), ("by heart", 0.6), ("1/classes", 0.5)]);
    assert_eq!(floors("a,5"), [("majority class", 0.6), ("1/classes", 0.5), ("by heart", 0.4)]);
    assert_eq!((of("b,1").by_heart(), of("a,7").by_heart()), ((2, 0.6), (1, 0.8)));
    assert_eq!(classes(&of("a,7"), Split::Test, 5).iter().filter(|word| *word == "b").count(), 3);
}

/// Other bytes are other data, in either file, and where one ends matters.
#[test]
fn the_checksum_is_of_the_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let text = |values: [u8; 3]| {
        format!("split,label,t0\ntrain,a,{}\nvalidation,b,{}\ntest,b,{}\n", values[0], values[1], values[2])
    };
    let settings: toml::Table = "path = 'x.csv'".parse().unwrap();
    let mut sums = Vec::new();
    for values in [[1, 2, 3], [1, 2, 4], [1, 2, 3]] {
        std::fs::write(folder.path().join("x.csv"), text(values)).unwrap();
        let pinned = tasks::resolve("file", &settings, folder.path()).unwrap();
        assert!(tasks::build("file", &pinned, folder.path()).is_ok());
        sums.push(pinned);
    }
    assert_eq!(sums[0], sums[2]);
    assert_ne!(sums[0], sums[1]);
    let error = tasks::build("file", &sums[1], folder.path()).err().unwrap().to_string();
    assert!(error.contains("these are other data"), "{error}");
}
