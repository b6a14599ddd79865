#[test]
fn put() {}

#[test]
fn get() {}
