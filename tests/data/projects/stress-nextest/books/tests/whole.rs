#[test]
fn every_third() {
    panic!("another test of this name");
}
