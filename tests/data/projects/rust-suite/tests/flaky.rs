use std::fs;

fn runs_so_far(name: &str) -> u32 {
    let path = format!("{}/{name}", env!("CARGO_TARGET_TMPDIR"));
    let count = fs::read_to_string(&path).ok().and_then(|text| text.parse().ok()).unwrap_or(0) + 1;
    fs::write(&path, count.to_string()).unwrap();
    count
}

#[test]
fn passes_at_last() {
    assert!(runs_so_far("at_last") > 2, "the bank is closed");
}

#[test]
fn never_passes() {
    panic!("run {} of many", runs_so_far("never"));
}
