use std::{thread, time::Duration};

#[test]
fn hangs() {
    println!("waiting for the bank");
    thread::sleep(Duration::from_secs(20));
}

#[test]
fn quick() {}
