use std::process::Command;

/// A child that outlives the test and keeps its output open.
fn leave_a_child() {
    Command::new("sleep").arg("2").spawn().unwrap();
}

#[test]
fn leaves() {
    leave_a_child();
}

#[test]
fn leaves_and_fails() {
    leave_a_child();
    assert_eq!(1, 2, "the book is still open");
}

#[test]
fn leaves_unnoticed() {
    leave_a_child();
}
