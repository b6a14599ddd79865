fn deeper(depth: u64) -> u64 {
    let room = [depth; 64];
    std::hint::black_box(&room);
    1 + deeper(depth + 1) + room[3]
}

#[test]
fn overflows() {
    assert!(deeper(0) > 0);
}
