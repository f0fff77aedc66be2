//! A run that was killed, stopped or starved of disk space goes on where it was, to the same bytes.

mod support;

use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use support::{Bench, CELLS, files, flat, stderr};

/// Long enough to be caught in the middle, on any machine: some 0.1 s for each cell.
const SLOW: &[&str] = &["training.steps=400", "training.solved=1.0", "--threads", "1"];

fn start(bench: &Bench, out: &str) -> Child {
    bench.run(out, SLOW).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Waits until so many cells are finished.
fn wait_for(bench: &Bench, out: &str, cells: usize, child: &mut Child) {
    let start = Instant::now();
    while bench.cells(out).len() < cells {
        assert!(child.try_wait().unwrap().is_none(), "it ended before {cells} cells were finished");
        assert!(start.elapsed() < Duration::from_secs(60), "no {cells} cells after a minute");
        std::thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn killed_at_any_moment_it_ends_in_the_same_bytes() {
    let bench = Bench::new();
    bench.finish("calm", SLOW);
    let mut before = 0;
    // At the very start, then in the middle of a later and later cell.
    for (cells, milliseconds) in [(0, 3), (1, 0), (4, 15), (9, 30), (15, 45), (20, 5)] {
        let mut child = start(&bench, "stormy");
        wait_for(&bench, "stormy", cells, &mut child);
        std::thread::sleep(Duration::from_millis(milliseconds));
        assert!(child.try_wait().unwrap().is_none(), "it ended before it was killed");
        child.kill().unwrap();
        assert_eq!(child.wait().unwrap().code(), None, "a signal ended it");
        let now = bench.cells("stormy").len();
        assert!(now >= before.max(cells), "{before} cells were finished, and then only {now}");
        before = now;
        assert!(!bench.path("stormy").join("scores.csv").exists(), "no results before all cells are finished");
    }
    // What a kill between writing and moving a file leaves.
    let torn = bench.path("stormy").join("cells/.tmpA1b2C3");
    fs::write(&torn, "half of a ce").unwrap();
    let output = bench.finish("stormy", SLOW);
    let said = stderr(&output);
    assert!(said.contains(&format!("{} cells to run, {before} were finished before", CELLS - before)), "{said}");
    assert!(!said.contains("damaged"), "{said}");
    assert!(!torn.exists(), "what a kill left is cleared away");
    assert_eq!(bench.scores("stormy"), bench.scores("calm"));

    let again = stderr(&bench.finish("stormy", SLOW));
    assert!(again.contains(&format!("0 cells to run, {CELLS} were finished before")), "{again}");
    assert_eq!(bench.scores("stormy"), bench.scores("calm"));
}

#[test]
fn ctrl_c_keeps_what_is_finished_and_says_how_to_go_on() {
    let bench = Bench::new();
    let mut child = start(&bench, "out");
    wait_for(&bench, "out", 3, &mut child);
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let kept = bench.cells("out").len();
    assert!((3..CELLS).contains(&kept));
    let said = flat(&stderr(&output));
    let stopped = format!("stopped: {kept} of {CELLS} cells are finished and kept; run the same command to go on");
    assert!(said.contains(&stopped), "{said}");
    let said = stderr(&bench.finish("out", SLOW));
    assert!(said.contains(&format!("{kept} were finished before")), "{said}");
    bench.finish("calm", SLOW);
    assert_eq!(bench.scores("out"), bench.scores("calm"));
}

#[test]
fn damaged_cells_are_named_and_done_again() {
    let bench = Bench::new();
    bench.finish("out", &[]);
    let whole = bench.scores("out");
    let cells = bench.cells("out");
    let read = |index: usize| fs::read(&cells[index]).unwrap();
    let content: Vec<Vec<u8>> = (0..6).map(read).collect();
    fs::write(&cells[0], &content[0][..content[0].len() / 2]).unwrap();
    let mut flipped = content[1].clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 1;
    fs::write(&cells[1], flipped).unwrap();
    fs::write(&cells[2], &content[3]).unwrap();
    fs::write(&cells[3], &content[2]).unwrap();
    fs::write(&cells[4], "").unwrap();
    fs::write(&cells[5], [0xff, 0xfe, 0x00]).unwrap();
    let said = stderr(&bench.finish("out", &["--quiet"]));
    assert_eq!(said.matches("warning: a finished cell is damaged and is done again").count(), 6, "{said}");
    for why in ["it is cut short", "its checksum does not fit its content", "it holds another cell"] {
        assert!(said.contains(why), "{why}: {said}");
    }
    assert_eq!(bench.scores("out"), whole);
    // A checksum says only that nothing fell out.
    let file = fs::read_to_string(&cells[0]).unwrap();
    let body = file.split_once('\n').unwrap().1.replacen("\"asked\":{\"", "\"asked\":{\"9", 1);
    assert!(!file.contains(&body));
    fs::write(&cells[0], format!("{}\n{body}", &blake3::hash(body.as_bytes()).to_hex()[..32])).unwrap();
    assert!(stderr(&bench.finish("out", &["--quiet"])).contains("asked at a lag that it has no accuracy for"));
    assert_eq!(bench.scores("out"), whole);
    assert!(!stderr(&bench.finish("out", &[])).contains("damaged"), "they are whole again");
}

#[test]
fn a_folder_belongs_to_one_run_at_a_time() {
    let bench = Bench::new();
    let mut first = start(&bench, "out");
    wait_for(&bench, "out", 1, &mut first);
    let second = bench.run("out", SLOW).output().unwrap();
    assert_eq!(second.status.code(), Some(2));
    let said = flat(&stderr(&second));
    assert!(said.contains("another run is writing to") && said.contains("--out DIR"), "{said}");
    first.kill().unwrap();
    first.wait().unwrap();

    // With the lock held from here nothing else moves, so that «changes nothing» can be seen.
    let lock = fs::File::options().write(true).open(bench.path("out").join("cells/.lock")).unwrap();
    lock.lock().unwrap();
    let before = files(&bench.path("out"));
    assert_eq!(bench.run("out", SLOW).output().unwrap().status.code(), Some(2));
    let planned = bench.run("out", SLOW).arg("--dry-run").output().unwrap();
    assert_eq!(planned.status.code(), Some(0), "to look is allowed: {}", stderr(&planned));
    assert_eq!(files(&bench.path("out")), before);
}

#[test]
#[cfg(unix)]
fn a_cell_that_cannot_be_written_ends_the_run_with_a_reason_and_no_loss() {
    let bench = Bench::new();
    bench.finish("out", &["--layers", "none"]);
    let kept = bench.cells("out").len();
    // A limit on the size of files stands for a full disk: the write fails half-way, and the signal is ignored.
    let run = bench.run("out", &[]);
    let mut limited = Command::new("sh");
    limited.args(["-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "sh"]).arg(run.get_program()).args(run.get_args());
    let output = limited.env_remove("LAB_ROOT").output().unwrap();
    let said = flat(&stderr(&output));
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("cannot write") && said.contains("cells"), "{said}");
    assert_eq!(bench.cells("out").len(), kept);
    let said = stderr(&bench.finish("out", &[]));
    assert!(said.contains(&format!("{kept} were finished before")) && !said.contains("damaged"), "{said}");
    bench.finish("calm", &[]);
    assert_eq!(bench.scores("out"), bench.scores("calm"));
}
