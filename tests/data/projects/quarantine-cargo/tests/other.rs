#[test]
fn get() {}
