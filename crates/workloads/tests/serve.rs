//! The worker protocol, and the rest of the command line.

use assert_cmd::Command;

fn workloads(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workloads"));
    command.args(arguments);
    command
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap()
}

#[test]
fn commands_are_answered_line_by_line() {
    let input =
        "about\nprepare layer/linear/32x128x64\ntime 2\nprepare layer/conv5/8x512x64\nprepare step\ntime 1\nrss\n";
    let done = workloads(&["serve", "--threads", "2"]).write_stdin(input).assert().success();
    let lines: Vec<&str> = text(&done.get_output().stdout).lines().collect();
    assert_eq!(lines.len(), 7, "{lines:?}");
    assert!(lines[0].starts_with("about lab 0."), "{lines:?}");
    assert_eq!((lines[1], lines[4]), ("ready", "ready"));
    for took in [lines[2], lines[5]] {
        let seconds: f64 = took.strip_prefix("took ").unwrap().parse().unwrap();
        assert!(seconds > 0.0 && seconds < 60.0, "{lines:?}");
    }
    assert!(lines[3].starts_with("cannot ") && lines[3].contains("`layer/conv3/8x512x64`"), "{lines:?}");
    let resident: u64 = lines[6].strip_prefix("rss ").unwrap().parse().unwrap();
    assert!(resident > 1 << 20 || cfg!(not(target_os = "linux")), "{lines:?}");
}

#[test]
fn layers_of_any_size_are_timed_and_those_that_cannot_be_built_are_not() {
    let input =
        "prepare layer/conv3/2x48x8/forward\ntime 3\nprepare layer/attention/2x48x9\nprepare layer/none/1x2x3\n";
    let done = workloads(&["serve"]).write_stdin(input).assert().success();
    let lines: Vec<&str> = text(&done.get_output().stdout).lines().collect();
    assert_eq!((lines.len(), lines[0], lines[3]), (4, "ready", "ready"), "{lines:?}");
    assert!(lines[1].strip_prefix("took ").unwrap().parse::<f64>().unwrap() > 0.0, "{lines:?}");
    assert!(lines[2].starts_with("cannot ") && lines[2].contains("heads"), "{lines:?}");
}

#[test]
fn anything_else_is_refused_with_one_line() {
    for (input, named) in [
        ("hello\n", "`prepare WORK`"),
        ("time 3\n", "send `prepare WORK` first"),
        ("time many\n", "REPS is a whole number"),
        ("prepare\n", "`prepare WORK`"),
        ("\n", "no command"),
    ] {
        let refused = workloads(&["serve"]).write_stdin(input).assert().code(2).stdout("");
        let stderr = text(&refused.get_output().stderr);
        assert!(stderr.contains(named) && stderr.lines().count() == 1, "{input}: {stderr}");
    }
    workloads(&["serve"]).write_stdin("").assert().success().stdout("");
}

#[test]
fn a_run_is_one_line_and_an_unknown_name_is_refused() {
    let done = workloads(&["run", "layer/linear/8x512x64", "--samples", "3"]).assert().success();
    let line = text(&done.get_output().stdout);
    assert!(line.lines().count() == 1 && line.contains("GFLOP/s") && line.contains("% of the peak"), "{line}");
    let refused = workloads(&["run", "stepp"]).assert().code(2).stdout("");
    assert!(text(&refused.get_output().stderr).contains("`step`"));
    workloads(&["run", "step", "--samples", "0"]).assert().code(2);
    workloads(&["run", "step", "--threads", "0"]).assert().code(2);
}

#[test]
fn the_list_has_every_work() {
    let done = workloads(&["list"]).assert().success();
    assert_eq!(text(&done.get_output().stdout).lines().count(), workloads_listed());
    let beside = text(&done.get_output().stderr);
    assert!(beside.lines().count() == 1 && beside.contains("/forward") && beside.contains("mlp-over-time"), "{beside}");
}

fn workloads_listed() -> usize {
    ::workloads::all().len()
}
