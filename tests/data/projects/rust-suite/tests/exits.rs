#[test]
fn exits() {
    std::process::exit(3);
}
