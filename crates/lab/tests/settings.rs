//! Faults in a settings file, as people see them: `cmd/settings.trycmd` holds the words, line by line.

#[test]
fn faults_are_shown_in_the_file() {
    trycmd::TestCases::new()
        .env("LANG", "C.UTF-8")
        .env("NO_COLOR", "1")
        .register_bin("lab", std::path::Path::new(env!("CARGO_BIN_EXE_lab")))
        .case("tests/cmd/settings.trycmd");
}
