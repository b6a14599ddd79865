#[test]
fn a_fine_one() {}

#[test]
fn aborts() {
    std::process::abort();
}
