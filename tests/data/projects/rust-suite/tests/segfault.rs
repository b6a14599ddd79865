#[test]
fn reads_nowhere() {
    let place = std::hint::black_box(16 as *const u8);
    unsafe { std::ptr::read_volatile(place) };
}
