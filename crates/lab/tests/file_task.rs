//! The task `file` through the command line: what is wrong with a file is said by line and column, and a file of other bytes
//! makes other cells.

mod support;

use std::fs;

use support::{Bench, TINY, flat, stderr, stdout};

/// An NPY of version 1.0 with this header, and then these bytes.
fn npy(header: &str, bytes: &[u8]) -> Vec<u8> {
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((header.len() as u16 + 1).to_le_bytes());
    file.extend(header.as_bytes());
    file.push(b'\n');
    file.extend(bytes);
    file
}

fn header(kind: &str, shape: &str) -> String {
    format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}")
}

/// Ten sequences of three numbers; labels in turn.
fn good() -> String {
    (0..10)
        .map(|i| format!("{},{i},{},{}\n", ["no", "yes"][i % 2], i * i, 1.5))
        .fold("label,t0,t1,t2\n".into(), |a, b| a + &b)
}

/// A root with `experiments/data.toml` and the folder `mine`, whose files the experiment names.
struct House(Bench);

impl House {
    fn new() -> Self {
        let house = Self(Bench::new());
        fs::create_dir(house.0.path("experiments")).unwrap();
        fs::create_dir(house.0.path("mine")).unwrap();
        house
    }

    fn put(&self, name: &str, bytes: impl AsRef<[u8]>) {
        fs::write(self.0.path("mine").join(name), bytes).unwrap();
    }

    /// Runs the tiny experiment on the task with these settings, in TOML, and gives the exit code and what was said.
    fn run(&self, settings: &str, arguments: &[&str]) -> (Option<i32>, String) {
        let (head, rest) = TINY.split_once("tasks = [").unwrap();
        let (_, rest) = rest.split_once("\n]\n").unwrap();
        let rest = rest.split("[[figures]]").next().unwrap();
        let rest = rest.replace("validation = 16", "validation = 2").replace("test = 32", "test = 2");
        fs::write(
            self.0.path("experiments/data.toml"),
            format!("{head}tasks = [{{ name = \"file\", as = \"mine\", {settings} }}]\n{rest}"),
        )
        .unwrap();
        let mut lab = std::process::Command::new(env!("CARGO_BIN_EXE_lab"));
        lab.env_remove("LAB_ROOT").arg("--root").arg(self.0.folder.path()).args(["run", "data"]).args(arguments);
        let output = lab.output().unwrap();
        (output.status.code(), flat(&format!("{}{}", stdout(&output), stderr(&output))))
    }

    fn refuses(&self, settings: &str, says: &[&str]) {
        let (code, said) = self.run(settings, &[]);
        assert_eq!(code, Some(2), "{settings}: {said}");
        for text in says {
            assert!(said.contains(text), "{settings}: `{text}` is not in: {said}");
        }
        assert!(!self.0.path("results").exists(), "{settings} made files");
    }

    /// A CSV of this text is refused.
    fn refuses_csv(&self, text: &str, says: &[&str]) {
        self.put("bad.csv", text);
        self.refuses("path = \"mine/bad.csv\"", &[&["path = \"mine/bad.csv\""], says].concat());
    }
}

#[test]
fn a_csv_is_refused_by_line_and_column() {
    let house = House::new();
    house.refuses_csv("", &["the file is empty"]);
    house.refuses_csv("label,t0,t1\n", &["it has a header and no sequence"]);
    house.refuses_csv("label,t0,t1\na,1,2\nb,1\n", &["line 3: 2 columns, and the header has 3"]);
    house.refuses_csv("label,t0,t1\na,1,2\n,1,2\n", &["line 3: no label"]);
    house.refuses_csv("label,t0,t1\na,1,NaN\n", &["line 2: column t1: `NaN` is not finite"]);
    house.refuses_csv("label,t0,t1\na,-inf,0\n", &["line 2: column t0: `-inf` is not finite"]);
    house.refuses_csv("label,t0,t1\na,1e39,0\n", &["line 2: column t0: `1e39` is not finite (as a number of 32 bits)"]);
    house.refuses_csv("label,t0,t1\na,,0\n", &["line 2: column t0: `` is no number"]);
    house.refuses_csv("label,t0,t1\na,1,one\n", &["line 2: column t1: `one` is no number"]);
    house.refuses_csv("class,t0,t1\na,1,2\n", &["line 1: no column is named `label`", "`class`, `t0`, `t1`"]);
    house.refuses_csv("id,label,t0\n1,a,2\n", &["line 1: column `id` stands where `t0` is expected"]);
    house.refuses_csv("label,t0,t2\na,1,2\n", &["column `t2` stands where `t1` is expected"]);
    house.refuses_csv("label,split\na,train\n", &["there is no column t0"]);
    house.refuses_csv("label,t0,split\na,1,trian\n", &["line 2: split `trian`: there are train, validation and test"]);
    house.refuses_csv("label,t0,split\na,1,train\nb,1,test\n", &["no row has `validation` in its column `split`"]);
    let rows = |label: &str| format!("label,t0\n{}", format!("{label},1\n").repeat(10));
    house.refuses("csv = \"label,t0\\na,1\\n\"", &["every label is `a`: a task takes two classes or more"]);
    house.put("one.csv", rows("7"));
    house.refuses("path = \"mine/one.csv\"", &["every label is `7`"]);
}

#[test]
fn a_path_stays_below_the_root_and_a_slip_is_answered_with_the_nearest() {
    let house = House::new();
    house.put("digits.csv", good());
    house.refuses("path = \"mine/digit.csv\"", &["there is no such file; did you mean `mine/digits.csv`?"]);
    house.refuses("path = \"yours/digits.csv\"", &["there is no such file, and no folder `yours`"]);
    house.refuses("path = \"mine\"", &["there is no such file"]);
    for path in ["../digits.csv", "mine/../../digits.csv", "/etc/passwd", "mine/../mine/digits.csv", ""] {
        house.refuses(&format!("path = \"{path}\""), &["give a path below the folder that holds `experiments`"]);
    }
    #[cfg(unix)]
    {
        let outside = tempfile::NamedTempFile::new().unwrap();
        std::os::unix::fs::symlink(outside.path(), house.0.path("mine/link.csv")).unwrap();
        house.refuses("path = \"mine/link.csv\"", &["it is a link that leads out of the folder"]);
    }
    house.put("notes.txt", "");
    house.refuses("path = \"mine/notes.txt\"", &["its name ends in neither .csv nor .npy"]);
    house.refuses("standardise = true", &["give either path"]);
    house.refuses("path = \"mine/digits.csv\", paths = 3", &["unknown field `paths`", "did you mean `path`?"]);
}

#[test]
fn settings_that_do_not_fit_the_file_are_refused_by_name() {
    let house = House::new();
    house.put("good.csv", good());
    let of = |more: &str, says: &[&str]| house.refuses(&format!("path = \"mine/good.csv\", {more}"), says);
    of("features = 2", &["features = 2 does not divide the 3 numbers of a sequence"]);
    of("features = 0", &["features = 0 does not divide"]);
    of("tokens = true", &["tokens = true, and number t2 of sequence 1 is 1.5: symbols are 0, 1, … 65535"]);
    of("tokens = true, standardise = true", &["symbols have no mean"]);
    of("side = 2, patch = 1", &["side = 2: an image of that side is not the 3 numbers of a sequence"]);
    of("side = 2", &["side = 2 without patch"]);
    of("patch = 2", &["patch = 2 without side"]);
    of("test_share = 0.0", &["test_share = 0 is outside 0 … 1"]);
    of("validation_share = 0.5, test_share = 0.5", &["leave 5 for validation, 5 for the test and 0 for training"]);
    of("labels = \"mine/good.csv\"", &["labels: those of a CSV are in its column `label`"]);
    of("checksum = \"0123456789abcdef\"", &["checksum = \"0123456789abcdef\"", "these are other data"]);
    of("training = { test = 3 }", &["training.test = 3, and the test split of `file` has 2", "choose 2 or fewer"]);
    house.put("split.csv", "label,t0,split\na,1,train\nb,1,validation\na,2,test\nb,2,test\na,0,validation\n");
    house.refuses(
        "path = \"mine/split.csv\", test_share = 0.5",
        &["test_share = 0.5, and the file has a column `split`; leave one of them out"],
    );
    let image = |side: usize| {
        let head: String = (0..side * side).map(|i| format!(",t{i}")).collect();
        let row = |label: &str| format!("{label}{}\n", ",1".repeat(side * side));
        format!("label{head}\n{}", ["a", "b"].map(row).concat().repeat(5))
    };
    house.put("image.csv", image(4));
    house.refuses("path = \"mine/image.csv\", side = 4, patch = 3", &["patch = 3 does not divide side = 4"]);
    house.refuses("path = \"mine/image.csv\", side = 4, patch = 2, features = 4", &["not 4"]);
    house.refuses("path = \"mine/image.csv\", standardise = true", &["every number of training is 1"]);
}

#[test]
fn an_npy_is_refused_by_what_its_header_says() {
    let house = House::new();
    let numbers = |count: usize| (0..count).flat_map(|i| (i as f32).to_le_bytes()).collect::<Vec<u8>>();
    house.put("y.npy", npy(&header("|u1", "(4,)"), &[0, 1, 0, 1]));
    let of = |bytes: Vec<u8>, says: &[&str]| {
        house.put("x.npy", bytes);
        house.refuses("path = \"mine/x.npy\", labels = \"mine/y.npy\"", says);
    };
    let good = npy(&header("<f4", "(4, 3)"), &numbers(12));
    of(b"PK\x03\x04".to_vec(), &["path = \"mine/x.npy\": it is no NPY file: it does not begin as one"]);
    of(npy(&header("<f4", "(4, 3)"), &numbers(11)), &["promises shape [4, 3] of type <f4, and 44 bytes follow"]);
    of(npy(&header("<f4", "(4, 3)"), &numbers(13)), &["and 52 bytes follow"]);
    // 2^62 numbers, and more of them than a machine word counts.
    of(npy(&header("<f8", "(4611686018427387904, 1)"), &[]), &["and 0 bytes follow"]);
    of(npy(&header("<f8", "(4611686018427387904, 16)"), &[]), &["and 0 bytes follow"]);
    let mut long = b"\x93NUMPY\x02\x00".to_vec();
    long.extend(u32::MAX.to_le_bytes());
    of(long, &["its header promises 4294967307 bytes for itself, and the file has 12"]);
    of(npy("{'descr': '<f4', 'shape': (4, 3)", &[]), &["it is no NPY file"]);
    of(npy(&header("|O", "(4, 3)"), &[]), &["its type is '|O'; give float32, float64 or integers"]);
    of(npy(&header("<c8", "(4, 3)"), &[0; 96]), &["its type is '<c8'"]);
    of(npy(&header("<f4", "(12,)"), &numbers(12)), &["its shape is [12]; give (sequences, time)"]);
    of(npy(&header("<f4", "(4, 0)"), &[]), &["its shape is [4, 0]: there is no number in it"]);
    of(npy(&header("<f4", "(3, 4)"), &numbers(12)), &["labels = \"mine/y.npy\": its shape is [4], and there are 3"]);
    let mut holed = numbers(12);
    holed[4 * 7..4 * 8].copy_from_slice(&f32::NAN.to_le_bytes());
    of(npy(&header("<f4", "(4, 3)"), &holed), &["x[2, 1] is NaN"]);
    of(npy(&header("<f4", "(4, 1, 3)"), &holed), &["x[2, 0, 1] is NaN"]);
    house.put("x.npy", &good);
    house.refuses("path = \"mine/x.npy\"", &["an NPY has no labels; give labels = \"OTHER.npy\""]);
    house.refuses("path = \"mine/x.npy\", labels = \"mine/z.npy\"", &["labels = \"mine/z.npy\"", "did you mean"]);
    house
        .refuses("path = \"mine/x.npy\", labels = \"mine/x.npy\"", &["its shape is [4, 3], and there are 4 sequences"]);
    house.refuses("path = \"mine/x.npy\", labels = \"mine/y.npy\", features = 3", &["the NPY says that itself (1)"]);
    house.put("half.npy", npy(&header("<f4", "(4,)"), &[0.0f32, 1.0, 0.5, 1.0].map(f32::to_le_bytes).concat()));
    house.refuses("path = \"mine/x.npy\", labels = \"mine/half.npy\"", &["label [2] is 0.5: labels are integers"]);
}

/// Cells of a file, and after a change of a single number in it.
#[test]
fn other_bytes_under_the_same_name_are_other_cells() {
    let house = House::new();
    let settings = "path = \"mine/good.csv\"";
    let dry = |house: &House| house.run(settings, &["--dry-run"]).1;
    house.put("good.csv", good());
    let (code, said) = house.run(settings, &[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(dry(&house).contains("8 cells, 8 finished"), "{}", dry(&house));
    house.put("good.csv", good().replace("9,81", "9,82"));
    assert!(dry(&house).contains("8 cells, 0 finished"), "{}", dry(&house));
    house.put("good.csv", good());
    assert!(dry(&house).contains("8 cells, 8 finished"), "{}", dry(&house));
    let results = house.0.path("results/data");
    let scores = fs::read_to_string(results.join("scores.csv")).unwrap();
    assert!(scores.contains("majority class") && !scores.contains("oracle"), "{scores}");
    // Where the folder lies is nobody's business.
    let root = house.0.folder.path().display().to_string();
    let named = fs::read_dir(results.join("cells")).unwrap().map(|entry| entry.unwrap().path());
    let texts = named.filter(|path| path.extension().is_some_and(|e| e == "json")).map(fs::read_to_string);
    assert!(texts.map(Result::unwrap).chain([scores]).all(|text| !text.contains(&root)));
}
